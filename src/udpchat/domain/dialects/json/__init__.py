"""The JSON dialect, for programs: objects <-> requests and events. docs/json.md describes it."""
