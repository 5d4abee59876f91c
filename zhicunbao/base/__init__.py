"""What every feature stands on: areas, people, posts, access, audit, files, outbox, sign-in."""
