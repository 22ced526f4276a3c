"""What Muster does, one package each; they use only the public API that any third party has."""
