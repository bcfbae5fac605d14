; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check same_isn
; instance: two_incarnations with clock = stands, comes_round = false
; find condition on L, MSL such that separate holds: never B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param L|) (< 0.0 |param MSL|)) (not (= false false))))
(check-sat)
