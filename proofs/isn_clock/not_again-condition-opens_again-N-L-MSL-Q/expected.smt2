; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check opens_again
; instance: two_incarnations
; find condition on N, L, MSL, Q such that not_again holds: never B in OPEN_AGAIN
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param N| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(declare-const |param Q| Real)
(assert (and (and (< 0.0 |param N|) (< 0.0 |param L|) (< 0.0 |param MSL|) (< 0.0 |param Q|)) (not (= false false))))
(check-sat)
