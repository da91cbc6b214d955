from django.urls import path

from crm.views import (
    archive,
    contacts,
    customer_edit,
    customers,
    dates,
    find,
    history,
    interactions,
    log,
    next_steps,
    notes,
    tasks,
)

app_name = "crm"

urlpatterns = [
    path("find/", find.find, name="find"),
    path("log/", log.interaction_log, name="interaction-log"),
    path("log/preview/", log.interaction_preview, name="interaction-preview"),
    path("interactions/<int:pk>/undo/", log.interaction_undo, name="interaction-undo"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task-done"),
    path("tasks/<int:pk>/reopen/", tasks.task_reopen, name="task-reopen"),
    path("customers/", customers.customer_list, name="customer-list"),
    path("customers/new/", customer_edit.customer_create, name="customer-create"),
    path("customers/<int:pk>/", customers.customer_detail, name="customer-detail"),
    path("customers/<int:pk>/edit/", customer_edit.customer_edit, name="customer-edit"),
    path("customers/<int:pk>/changes/", history.customer_changes, name="customer-changes"),
    path("customers/<int:pk>/archive/", archive.customer_archive, name="customer-archive"),
    path("customers/<int:pk>/unarchive/", archive.customer_unarchive, name="customer-unarchive"),
    path("customers/<int:pk>/stage/", archive.customer_stage, name="customer-stage"),
    path("customers/<int:pk>/care/", notes.customer_care, name="customer-care"),
    path("customers/<int:pk>/note/", notes.note_create, name="note-create"),
    path("customers/<int:pk>/person/", contacts.contact_create, name="contact-create"),
    path("customers/<int:pk>/next-step/", next_steps.task_create, name="task-create"),
    path("customers/<int:pk>/agreed-date/", dates.agreed_date, name="agreed-date"),
    path("customers/<int:pk>/agreed-date/withdraw/", dates.agreed_date_withdraw, name="agreed-date-withdraw"),
    path("customers/<int:pk>/no-follow-up/", dates.no_follow_up, name="no-follow-up"),
    path("customers/<int:pk>/no-follow-up/end/", dates.no_follow_up_end, name="no-follow-up-end"),
    path("people/<int:pk>/edit/", contacts.contact_edit, name="contact-edit"),
    path("people/<int:pk>/left/", contacts.contact_left, name="contact-left"),
    path("tasks/<int:pk>/drop/", next_steps.task_drop, name="task-drop"),
    path("interactions/<int:pk>/edit/", interactions.interaction_edit, name="interaction-edit"),
    path("interactions/<int:pk>/delete/", interactions.interaction_delete, name="interaction-delete"),
]
