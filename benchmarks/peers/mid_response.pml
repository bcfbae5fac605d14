/* The model, and whether A in { SYN_SENT, TIME_WAIT } leads_to A in { CLOSED, SYN_RECEIVED, ESTABLISHED } under
   calls, steps. `turn` is 0, or a request is open since it was guessed; then the duties take turns: the one whose
   turn it is is done, or is not possible. At 9 all have had their turn. The claim looks for a run without an
   answer that comes to 9 again and again. */
byte st[2]; byte nxt[2]; byte rcv[2]; byte inc[2]; byte ln[2];
byte qf[4]; byte qs[4]; byte qa[4];
byte turn;
#define asked (st[0] == 2 || st[0] == 10)
#define answered (st[0] == 0 || st[0] == 3 || st[0] == 4)
#define possible_1 ((st[0] == 1) || (st[0] == 2) || (st[0] == 3 && ln[0] < 2) || (st[0] == 4 && ln[0] < 2) || (st[0] == 7 && ln[0] < 2))  /* A.close */
#define possible_2 ((st[0] == 10))  /* A.expire */
#define possible_3 ((st[0] == 0 && inc[0] < 4 && ln[0] < 2))  /* A.active_open */
#define possible_4 ((st[0] == 2 && ln[0] < 2) || (st[0] == 3 && ln[0] < 2) || (st[0] == 5 && ln[0] < 2) || (st[0] == 8 && ln[0] < 2) || (st[0] == 9 && ln[0] < 2))  /* A.retransmit */
#define possible_5 ((st[1] == 1) || (st[1] == 2) || (st[1] == 3 && ln[1] < 2) || (st[1] == 4 && ln[1] < 2) || (st[1] == 7 && ln[1] < 2))  /* B.close */
#define possible_6 ((st[1] == 10))  /* B.expire */
#define possible_7 ((st[1] == 0 && inc[1] < 4))  /* B.passive_open */
#define possible_8 ((st[1] == 2 && ln[1] < 2) || (st[1] == 3 && ln[1] < 2) || (st[1] == 5 && ln[1] < 2) || (st[1] == 8 && ln[1] < 2) || (st[1] == 9 && ln[1] < 2))  /* B.retransmit */
#define DID(what) turn = (turn == what -> what + 1 : turn)
active proctype m() {
end: do
:: d_step { st[0] == 0 && inc[0] < 4 && ln[0] < 2 -> qf[0+ln[0]] = 1; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = 0; ln[0]++; rcv[0] = 0; nxt[0] = ((nxt[0]+1)%8); inc[0] = (inc[0]+1); st[0] = 2; DID(3) }
:: d_step { st[0] == 1 -> st[0] = 0; DID(1) }
:: d_step { st[0] == 2 -> st[0] = 0; DID(1) }
:: d_step { st[0] == 3 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; nxt[0] = ((nxt[0]+1)%8); st[0] = 5; DID(1) }
:: d_step { st[0] == 4 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; nxt[0] = ((nxt[0]+1)%8); st[0] = 5; DID(1) }
:: d_step { st[0] == 7 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; nxt[0] = ((nxt[0]+1)%8); st[0] = 9; DID(1) }
:: d_step { st[0] == 2 && ln[0] < 2 -> qf[0+ln[0]] = 1; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = 0; ln[0]++; DID(4) }
:: d_step { st[0] == 3 && ln[0] < 2 -> qf[0+ln[0]] = 2; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = rcv[0]; ln[0]++; DID(4) }
:: d_step { st[0] == 5 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = rcv[0]; ln[0]++; DID(4) }
:: d_step { st[0] == 8 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = rcv[0]; ln[0]++; DID(4) }
:: d_step { st[0] == 9 && ln[0] < 2 -> qf[0+ln[0]] = 4; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = rcv[0]; ln[0]++; DID(4) }
:: d_step { st[0] == 10 -> st[0] = 0; DID(2) }
:: d_step { st[0] == 0 && qf[2] == 1 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 0 && qf[2] == 2 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 0 && qf[2] == 3 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 0 && qf[2] == 4 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 0 && qf[2] == 5 -> qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 1 && qf[2] == 1 && ln[0] < 2 -> qf[0+ln[0]] = 2; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; rcv[0] = ((qs[2]+1)%8); nxt[0] = ((nxt[0]+1)%8); st[0] = 3; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 1 && qf[2] == 2 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = 0; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 1 && qf[2] == 3 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = 0; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 1 && qf[2] == 4 && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = 0; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 1 && qf[2] == 5 -> qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 2 && qf[2] == 2 && qa[2] == nxt[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; rcv[0] = ((qs[2]+1)%8); st[0] = 4; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 2 && qf[2] == 2 && qa[2] != nxt[0] && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = 0; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 2 && qf[2] == 3 && qa[2] != nxt[0] && ln[0] < 2 -> qf[0+ln[0]] = 5; qs[0+ln[0]] = qa[2]; qa[0+ln[0]] = 0; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 2 && qf[2] == 5 && qa[2] == nxt[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 2 && qf[2] == 1 && ln[0] < 2 -> qf[0+ln[0]] = 2; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = ((qs[2]+1)%8); ln[0]++; rcv[0] = ((qs[2]+1)%8); st[0] = 3; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 3 && qf[2] == 3 && qa[2] == nxt[0] && qs[2] == rcv[0] -> st[0] = 4; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 3 && qf[2] == 2 && qa[2] == nxt[0] && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; st[0] = 4; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 3 && qf[2] == 1 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 2; qs[0+ln[0]] = ((nxt[0]+7)%8); qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 3 && qf[2] == 4 && qa[2] == nxt[0] && qs[2] == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((rcv[0]+1)%8); ln[0]++; rcv[0] = ((rcv[0]+1)%8); st[0] = 7; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 4 && qf[2] == 4 && qs[2] == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((rcv[0]+1)%8); ln[0]++; rcv[0] = ((rcv[0]+1)%8); st[0] = 7; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 4 && qs[2] == rcv[0] && qa[2] == nxt[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((rcv[0]+1)%8); ln[0]++; rcv[0] = ((rcv[0]+1)%8); st[0] = 10; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 4 && qs[2] == rcv[0] && qa[2] != nxt[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((rcv[0]+1)%8); ln[0]++; rcv[0] = ((rcv[0]+1)%8); st[0] = 8; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 3 && qa[2] == nxt[0] -> st[0] = 6; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 6 && qf[2] == 4 && qs[2] == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = ((rcv[0]+1)%8); ln[0]++; rcv[0] = ((rcv[0]+1)%8); st[0] = 10; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 8 && qf[2] == 3 && qa[2] == nxt[0] -> st[0] = 10; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 9 && qf[2] == 3 && qa[2] == nxt[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 4 && qf[2] == 2 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 4 && qf[2] == 1 && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 2 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 1 && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 7 && qf[2] == 4 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 8 && qf[2] == 4 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 9 && qf[2] == 4 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 10 && qf[2] == 4 && ((qs[2]+1)%8) == rcv[0] && ln[0] < 2 -> qf[0+ln[0]] = 3; qs[0+ln[0]] = nxt[0]; qa[0+ln[0]] = rcv[0]; ln[0]++; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 3 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 4 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 5 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 6 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 7 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 8 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 9 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { st[0] == 10 && qf[2] == 5 && qs[2] == rcv[0] -> st[0] = 0; qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { 0 < ln[0] -> qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { 1 < ln[0] -> qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { 0 < ln[0] && ln[0] < 2 -> qf[0+ln[0]] = qf[0]; qs[0+ln[0]] = qs[0]; qa[0+ln[0]] = qa[0]; ln[0]++ }
:: d_step { 1 < ln[0] && ln[0] < 2 -> qf[0+ln[0]] = qf[1]; qs[0+ln[0]] = qs[1]; qa[0+ln[0]] = qa[1]; ln[0]++ }
:: d_step { st[1] == 0 && inc[1] < 4 -> rcv[1] = 0; inc[1] = (inc[1]+1); st[1] = 1; DID(7) }
:: d_step { st[1] == 1 -> st[1] = 0; DID(5) }
:: d_step { st[1] == 2 -> st[1] = 0; DID(5) }
:: d_step { st[1] == 3 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; nxt[1] = ((nxt[1]+1)%8); st[1] = 5; DID(5) }
:: d_step { st[1] == 4 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; nxt[1] = ((nxt[1]+1)%8); st[1] = 5; DID(5) }
:: d_step { st[1] == 7 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; nxt[1] = ((nxt[1]+1)%8); st[1] = 9; DID(5) }
:: d_step { st[1] == 2 && ln[1] < 2 -> qf[2+ln[1]] = 1; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = 0; ln[1]++; DID(8) }
:: d_step { st[1] == 3 && ln[1] < 2 -> qf[2+ln[1]] = 2; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = rcv[1]; ln[1]++; DID(8) }
:: d_step { st[1] == 5 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = rcv[1]; ln[1]++; DID(8) }
:: d_step { st[1] == 8 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = rcv[1]; ln[1]++; DID(8) }
:: d_step { st[1] == 9 && ln[1] < 2 -> qf[2+ln[1]] = 4; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = rcv[1]; ln[1]++; DID(8) }
:: d_step { st[1] == 10 -> st[1] = 0; DID(6) }
:: d_step { st[1] == 0 && qf[0] == 1 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 0 && qf[0] == 2 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 0 && qf[0] == 3 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 0 && qf[0] == 4 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 0 && qf[0] == 5 -> qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 1 && qf[0] == 1 && ln[1] < 2 -> qf[2+ln[1]] = 2; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; rcv[1] = ((qs[0]+1)%8); nxt[1] = ((nxt[1]+1)%8); st[1] = 3; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 1 && qf[0] == 2 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = 0; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 1 && qf[0] == 3 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = 0; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 1 && qf[0] == 4 && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = 0; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 1 && qf[0] == 5 -> qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 2 && qf[0] == 2 && qa[0] == nxt[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; rcv[1] = ((qs[0]+1)%8); st[1] = 4; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 2 && qf[0] == 2 && qa[0] != nxt[1] && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = 0; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 2 && qf[0] == 3 && qa[0] != nxt[1] && ln[1] < 2 -> qf[2+ln[1]] = 5; qs[2+ln[1]] = qa[0]; qa[2+ln[1]] = 0; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 2 && qf[0] == 5 && qa[0] == nxt[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 2 && qf[0] == 1 && ln[1] < 2 -> qf[2+ln[1]] = 2; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = ((qs[0]+1)%8); ln[1]++; rcv[1] = ((qs[0]+1)%8); st[1] = 3; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 3 && qf[0] == 3 && qa[0] == nxt[1] && qs[0] == rcv[1] -> st[1] = 4; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 3 && qf[0] == 2 && qa[0] == nxt[1] && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; st[1] = 4; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 3 && qf[0] == 1 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 2; qs[2+ln[1]] = ((nxt[1]+7)%8); qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 3 && qf[0] == 4 && qa[0] == nxt[1] && qs[0] == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((rcv[1]+1)%8); ln[1]++; rcv[1] = ((rcv[1]+1)%8); st[1] = 7; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 4 && qf[0] == 4 && qs[0] == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((rcv[1]+1)%8); ln[1]++; rcv[1] = ((rcv[1]+1)%8); st[1] = 7; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 4 && qs[0] == rcv[1] && qa[0] == nxt[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((rcv[1]+1)%8); ln[1]++; rcv[1] = ((rcv[1]+1)%8); st[1] = 10; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 4 && qs[0] == rcv[1] && qa[0] != nxt[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((rcv[1]+1)%8); ln[1]++; rcv[1] = ((rcv[1]+1)%8); st[1] = 8; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 3 && qa[0] == nxt[1] -> st[1] = 6; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 6 && qf[0] == 4 && qs[0] == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = ((rcv[1]+1)%8); ln[1]++; rcv[1] = ((rcv[1]+1)%8); st[1] = 10; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 8 && qf[0] == 3 && qa[0] == nxt[1] -> st[1] = 10; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 9 && qf[0] == 3 && qa[0] == nxt[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 4 && qf[0] == 2 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 4 && qf[0] == 1 && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 2 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 1 && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 7 && qf[0] == 4 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 8 && qf[0] == 4 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 9 && qf[0] == 4 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 10 && qf[0] == 4 && ((qs[0]+1)%8) == rcv[1] && ln[1] < 2 -> qf[2+ln[1]] = 3; qs[2+ln[1]] = nxt[1]; qa[2+ln[1]] = rcv[1]; ln[1]++; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 3 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 4 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 5 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 6 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 7 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 8 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 9 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { st[1] == 10 && qf[0] == 5 && qs[0] == rcv[1] -> st[1] = 0; qf[0] = qf[1]; qs[0] = qs[1]; qa[0] = qa[1]; qf[1] = 0; qs[1] = 0; qa[1] = 0; ln[0]-- }
:: d_step { 0 < ln[1] -> qf[2] = qf[3]; qs[2] = qs[3]; qa[2] = qa[3]; qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { 1 < ln[1] -> qf[3] = 0; qs[3] = 0; qa[3] = 0; ln[1]-- }
:: d_step { 0 < ln[1] && ln[1] < 2 -> qf[2+ln[1]] = qf[2]; qs[2+ln[1]] = qs[2]; qa[2+ln[1]] = qa[2]; ln[1]++ }
:: d_step { 1 < ln[1] && ln[1] < 2 -> qf[2+ln[1]] = qf[3]; qs[2+ln[1]] = qs[3]; qa[2+ln[1]] = qa[3]; ln[1]++ }
:: d_step { turn == 0 && asked -> turn = 1 }
:: d_step { turn == 1 && !possible_1 -> turn = 2 }
:: d_step { turn == 2 && !possible_2 -> turn = 3 }
:: d_step { turn == 3 && !possible_3 -> turn = 4 }
:: d_step { turn == 4 && !possible_4 -> turn = 5 }
:: d_step { turn == 5 && !possible_5 -> turn = 6 }
:: d_step { turn == 6 && !possible_6 -> turn = 7 }
:: d_step { turn == 7 && !possible_7 -> turn = 8 }
:: d_step { turn == 8 && !possible_8 -> turn = 9 }
:: d_step { turn == 9 -> turn = 1 }
od
}
never {
waiting:
   if
   :: turn == 0 || (turn < 9 && !answered) -> goto waiting
   :: turn == 9 && !answered -> goto accept_round
   fi;
accept_round:
   if
   :: turn < 9 && !answered -> goto waiting
   :: turn == 9 && !answered -> goto passed
   fi;
passed:
   if
   :: turn < 9 && !answered -> goto waiting
   :: turn == 9 && !answered -> goto passed
   fi
}
