; tcpverify condition certificate 1
; spec: timestamps_condition.tcpv, check increasing
; instance: two_incarnations with exchange = may_fail
; find condition on T, MSL such that not_again holds: never A in OPEN_AGAIN and B in OPEN_AGAIN
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert false)
(check-sat)
