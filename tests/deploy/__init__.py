"""What runs an installation: the scripts of ``deploy/``."""
