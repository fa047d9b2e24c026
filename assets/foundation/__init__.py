"""The lowest floor: rules, store, state and engine. It knows no scheme and imports nothing from the rest of assets."""
