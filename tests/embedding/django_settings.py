"""The smallest Django project."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.embedding.django_settings"
urlpatterns: list[object] = []
USE_TZ = True
