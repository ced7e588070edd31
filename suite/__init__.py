"""What turns trials into evidence: finds claims, runs studies, keeps their record, judges and shows it."""
