"""How common words are in English news at large; `tests/judgement/common_words.py` makes this table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Terms, and how many of 1,000 entries say each.
_TABLE = """
the 936 to 819 of 731 in 661 and 642 on 572 that 476 for 455 with 317 as 307 is 287 by 258
from 246 at 245 said 241 has 237 his 230 he 223 an 217 it 214 after 211 was 206 be 188 will 169
new 163 have 158 who 147 report 145 are 132 not 128 but 122 over 121 more 120 about 116 their 113
former 112 state 110 corona 108 govern 106 nation 105 this 104 offici 103 were 102 first 101
its 101 two 98 admini 94 been 94 than 94 they 94 would 93 people 92 announ 90 electi 90
accord 89 federa 89 up 89 or 88 had 87 agains 86 into 85 last 84 one 84 out 84 says 82 which 79
before 78 during 78 states 78 campai 77 week 72 leader 71 year 71 public 69 when 68 office 66
all 65 day 65 no 65 what 65 could 64 some 64 told 64 invest 63 suppor 63 law 62 countr 61
direct 60 bill 59 politi 59 we 59 pandem 56 just 55 other 55 while 55 attorn 53 back 53
busine 53 contro 53 down 53 includ 53 night 53 time 53 attack 52 now 52 protes 52 econom 50
expect 50 made 50 vote 50 her 49 police 49 how 48 most 48 secret 48 should 47 border 46 can 46
contin 46 millio 46 betwee 45 days 45 him 45 number 45 securi 45 called 44 critic 44 health 44
if 44 media 44 three 44 top 44 candid 43 end 43 since 43 city 42 releas 41 lawmak 40 nomine 40
take 40 world 40 change 39 judge 39 there 39 even 38 years 38 compan 37 decisi 37 month 37
respon 37 action 36 amid 36 histor 36 member 36 under 36 confir 35 immigr 35 milita 35 she 35
anothe 34 any 34 cases 34 follow 34 late 34 months 34 press 34 record 34 so 34 still 34
vaccin 34 appear 33 deal 33 effort 33 long 33 person 33 plans 33 right 33 them 33 also 32
author 32 claims 32 commun 32 death 32 declar 32 impeac 32 many 32 mornin 32 questi 32 second 32
specia 32 threat 32 took 32 you 32 case 31 emerge 31 off 31 those 31 across 30 call 30 earlie 30
early 30 force 30 move 30 order 30 protec 30 result 30 senato 30 charge 29 counse 29 did 29
intell 29 man 29 plan 29 servic 29 statem 29 throug 29 violen 29 where 29 whethe 29 accuse 28
anti 28 being 28 both 28 challe 28 enforc 28 execut 28 get 28 group 28 help 28 high 28 increa 28
legal 28 majori 28 much 28 provid 28 recent 28 repres 28 rules 28 say 28 saying 28 social 28
weeks 28 around 27 concer 27 demand 27 nearly 27 progra 27 set 27 well 27 agency 26 five 26
go 26 lawsui 26 matter 26 only 26 re 26 receiv 26 remain 26 requir 26 way 26 work 26 allega 25
approv 25 attemp 25 battle 25 billio 25 chief 25 do 25 famili 25 final 25 interv 25 least 25
left 25 signed 25 signs 25 speech 25 video 25 virus 25 debate 24 hours 24 part 24 return 24
school 24 shutdo 24 team 24 use 24 withou 24 addres 23 calls 23 comes 23 consid 23 major 23
make 23 next 23 place 23 proces 23 race 23 unempl 23 advise 22 aftern 22 ahead 22 among 22
becaus 22 chairm 22 commen 22 confer 22 despit 22 filed 22 financ 22 intern 22 key 22 led 22
like 22 likely 22 our 22 own 22 packag 22 probe 22 reveal 22 source 22 such 22 system 22 used 22
war 22 alread 21 believ 21 callin 21 conser 21 eviden 21 far 21 foreig 21 killed 21 legisl 21
networ 21 relief 21 ruling 21 spread 21 testif 21 trial 21 wall 21 why 21 won 21 allege 20
data 20 launch 20 minist 20 policy 20 primar 20 reopen 20 sent 20 severa 20 sign 20 street 20
troops 20 very 20 again 19 ago 19 arrest 19 childr 19 distri 19 docume 19 event 19 inform 19
mayor 19 open 19 possib 19 reject 19 review 19 sexual 19 shooti 19 sugges 19 worker 19 workin 19
come 18 demons 18 effect 18 face 18 hold 18 home 18 hospit 18 issued 18 old 18 ordere 18
previo 18 restri 18 third 18 today 18 aid 17 care 17 defend 17 delive 17 discus 17 don 17
every 17 four 17 hit 17 illega 17 larges 17 little 17 migran 17 operat 17 passed 17 reache 17
rights 17 ruled 17 run 17 shot 17 six 17 stimul 17 taking 17 tax 17 terror 17 though 17
travel 17 voters 17 votes 17 voting 17 wants 17 wrote 17 yet 17 agreem 16 began 16 benefi 16
came 16 celebr 16 crimin 16 cut 16 danger 16 decide 16 employ 16 fundin 16 hearin 16 here 16
identi 16 inquir 16 involv 16 job 16 jobs 16 later 16 latest 16 lawyer 16 lead 16 local 16 me 16
medica 16 meetin 16 moment 16 money 16 must 16 nomina 16 nuclea 16 orders 16 others 16 percen 16
positi 16 prepar 16 presen 16 produc 16 same 16 senior 16 series 16 soon 16 studen 16 testim 16
try 16 tweets 16 until 16 violat 16 voted 16 weapon 16 wing 16 based 15 contra 15 curren 15
due 15 educat 15 era 15 fight 15 fire 15 full 15 himsel 15 infect 15 isn 15 keep 15 know 15
making 15 measur 15 multip 15 past 15 pay 15 prime 15 prosec 15 racial 15 relate 15 show 15
son 15 staff 15 stay 15 stop 15 strong 15 target 15 too 15 win 15 am 14 ballot 14 become 14
big 14 counte 14 develo 14 didn 14 distan 14 doctor 14 enough 14 fake 14 ground 14 hundre 14
initia 14 killin 14 known 14 letter 14 messag 14 overse 14 pledge 14 point 14 power 14 put 14
raised 14 relati 14 round 14 seekin 14 step 14 strike 14 then 14 transi 14 trying 14 victor 14
want 14 warned 14 within 14 women 14 accept 13 acting 13 activi 13 additi 13 agreed 13 aimed 13
bid 13 compla 13 comple 13 died 13 does 13 faces 13 food 13 forces 13 found 13 going 13
groups 13 indivi 13 interf 13 journa 13 less 13 libera 13 manage 13 moveme 13 near 13 negoti 13
panel 13 potent 13 push 13 rate 13 remark 13 repeal 13 replac 13 seek 13 signif 13 single 13
suspec 13 tech 13 test 13 transg 13 warnin 13 accoun 12 asked 12 away 12 budget 12 clear 12
closed 12 coming 12 consti 12 conten 12 crisis 12 deadli 12 decade 12 denied 12 drug 12 ended 12
endors 12 establ 12 evenin 12 expand 12 facing 12 few 12 fired 12 friend 12 global 12 head 12
host 12 impact 12 leadin 12 life 12 look 12 might 12 my 12 never 12 outsid 12 pressu 12
privat 12 projec 12 reques 12 story 12 surge 12 taken 12 toward 12 unveil 12 weeken 12 woman 12
almost 11 along 11 assaul 11 ban 11 cities 11 citize 11 colleg 11 conduc 11 dead 11 descri 11
divide 11 doesn 11 ending 11 freedo 11 growth 11 inside 11 instea 11 issue 11 jobles 11 lost 11
mail 11 market 11 met 11 minute 11 modera 11 opposi 11 promis 11 rally 11 regula 11 remove 11
resign 11 seen 11 seven 11 sex 11 showed 11 shows 11 spendi 11 subpoe 11 tempor 11 these 11
things 11 town 11 tweete 11 warns 11 weekly 11 words 11 added 10 appare 10 area 10 asking 10
bigges 10 block 10 break 10 buildi 10 cancel 10 caught 10 civil 10 commis 10 compet 10 conspi 10
detail 10 determ 10 differ 10 done 10 eight 10 ever 10 explai 10 false 10 father 10 fear 10
figure 10 gender 10 give 10 held 10 holida 10 lady 10 low 10 mandat 10 massiv 10 murder 10
need 10 non 10 once 10 partic 10 passes 10 patien 10 paymen 10 poll 10 propos 10 recove 10
refuse 10 repeat 10 resolu 10 rise 10 room 10 rule 10 season 10 see 10 sought 10 strate 10
takes 10 trip 10 turn 10 upcomi 10 whose 10 your 10 ad 9 aides 9 allies 9 allow 9 analys 9
anchor 9 approa 9 articl 9 ask 9 assist 9 asylum 9 attend 9 attent 9 base 9 became 9 begin 9
behind 9 best 9 better 9 blocke 9 brough 9 church 9 class 9 condem 9 confro 9 conven 9 count 9
crowd 9 daily 9 deadly 9 dealin 9 deaths 9 defeat 9 delay 9 deputy 9 diplom 9 disput 9 doing 9
domest 9 dozen 9 dozens 9 escala 9 estima 9 ex 9 exclus 9 faced 9 failed 9 fall 9 family 9
fears 9 fell 9 filing 9 findin 9 firm 9 formal 9 future 9 gave 9 gettin 9 giving 9 good 9
hope 9 inaugu 9 indepe 9 indust 9 insist 9 instit 9 intens 9 island 9 issues 9 joined 9 kind 9
let 9 level 9 line 9 live 9 lot 9 mass 9 meet 9 missil 9 modern 9 name 9 net 9 neutra 9
opinio 9 option 9 outlet 9 parent 9 physic 9 pick 9 planne 9 play 9 points 9 polici 9 practi 9
prior 9 pro 9 prompt 9 ready 9 real 9 regard 9 reside 9 revise 9 risk 9 role 9 rose 9 roughl 9
runnin 9 safe 9 safety 9 secure 9 signal 9 signin 9 slow 9 small 9 someth 9 stage 9 start 9
statio 9 strugg 9 succes 9 sue 9 sweepi 9 themse 9 theory 9 think 9 thousa 9 togeth 9 total 9
track 9 treatm 9 trigge 9 turned 9 unprec 9 using 9 visit 9 watchd 9 wave 9 went 9 whistl 9
witnes 9 wrong 9 applic 8 availa 8 board 8 briefi 8 bring 8 caucus 8 certif 8 chambe 8 claim 8
close 8 compar 8 confid 8 consum 8 contes 8 convic 8 create 8 creati 8 crimes 8 damage 8 deep 8
denies 8 drew 8 each 8 encour 8 facili 8 favor 8 finall 8 find 8 finds 8 firing 8 focus 8
fraud 8 free 8 furthe 8 guidan 8 guidel 8 hall 8 happen 8 hate 8 immedi 8 improv 8 incide 8
indica 8 intere 8 introd 8 joint 8 large 8 laws 8 limit 8 longti 8 lower 8 makes 8 nine 8
obtain 8 often 8 overha 8 partis 8 pass 8 perfor 8 prison 8 promot 8 publis 8 pushed 8 quarte 8
quickl 8 recomm 8 reduce 8 showin 8 stando 8 status 8 struck 8 survey 8 talks 8 task 8 tellin 8
tells 8 term 8 tweet 8 update 8 victim 8 water 8
"""
_fields = _TABLE.split()
COMMON: Mapping[str, float] = MappingProxyType(
    {term: int(n) / 1000 for term, n in zip(_fields[::2], _fields[1::2], strict=True)}
)
"""The share of entries that say a term; of rarer ones nothing is known."""
