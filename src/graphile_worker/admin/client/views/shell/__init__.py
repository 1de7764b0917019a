"""What surrounds every screen: frame, banners, notices, login, palette."""
