"""Outbound AI call centre: schedules calls, has Retell place them, and shows what came of each."""
