"""The provider's endpoints, the links in its calls, and a door of our own to look in and interfere."""
