"""The same system for other model checkers: Promela (SPIN), Murphi (Rumur, CMurphi) and TLA+ (TLC)."""
