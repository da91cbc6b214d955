from django.urls import path

from alerts.views import deliveries

app_name = "alerts"

urlpatterns = [
    path("sent-mail/", deliveries.delivery_list, name="delivery-list"),
    path("sent-mail/test/", deliveries.test_mail, name="delivery-test"),
    path("sent-mail/<int:pk>/", deliveries.delivery_detail, name="delivery-detail"),
    path("sent-mail/<int:pk>/letter/", deliveries.delivery_letter, name="delivery-letter"),
]
