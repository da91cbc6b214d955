"""The deadline providers of this app: one file per promise, registered in `RetentionConfig.ready`."""
