; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check any_isn
; instance: two_incarnations with clock = random, comes_round = false
; find condition on L, MSL such that separate holds: never B.took_old
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(assert false)
(check-sat)
