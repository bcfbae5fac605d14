; tcpverify condition certificate 1
; spec: fin_again.tcpv, check for_ever
; instance: one_close
; find condition on T, MSL such that answered holds: never A.refused
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert false)
(check-sat)
