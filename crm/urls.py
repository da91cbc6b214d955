from django.urls import path

from crm.views import find, log, tasks

app_name = "crm"

urlpatterns = [
    path("find/", find.find, name="find"),
    path("log/", log.interaction_log, name="interaction-log"),
    path("log/preview/", log.interaction_preview, name="interaction-preview"),
    path("interactions/<int:pk>/undo/", log.interaction_undo, name="interaction-undo"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task-done"),
    path("tasks/<int:pk>/reopen/", tasks.task_reopen, name="task-reopen"),
]
