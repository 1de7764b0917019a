"""The parts around every screen: sidebar, bar, banners, toasts, login, command palette."""
