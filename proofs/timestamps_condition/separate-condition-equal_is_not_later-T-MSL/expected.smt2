; tcpverify condition certificate 1
; spec: timestamps_condition.tcpv, check equal_is_not_later
; instance: two_incarnations with client = stands, server = stands, reopen = when_not_earlier
; find condition on T, MSL such that separate holds: never A.took_old or B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (= false false))))
(check-sat)
