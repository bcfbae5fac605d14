; tcpverify condition certificate 1
; spec: fin_again.tcpv, check for_ever
; instance: one_close
; find condition on T, MSL such that answered holds: never A.refused
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (= false false))))
(check-sat)
