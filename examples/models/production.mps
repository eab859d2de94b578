* A week on two production lines.
*
* Three products are made on lines A and B, in tonnes. A line that makes a product
* needs a set-up, which costs money and line hours. Line A can work whole overtime
* shifts of 8 hours. Product 1 may be bought in; product 3 is sold fresh, so exactly
* the demand is made. Everything leaves by whole trucks of 12 tonnes.
*
* Minimise cost, in hundreds of euros.
*
*   X1A X1B X2A X2B X3B   tonnes of a product made on a line (continuous)
*   S1A S1B S2A S2B S3B   set-ups (binary)
*   OT_A                  overtime shifts on line A (integer, 0 to 3)
*   OT_B                  overtime shifts on line B (integer, 0 to 2)
*   BUY_1                 tonnes of product 1 bought in (continuous, at most 15)
*   TRUCKS                trucks (integer, at most 9)
NAME          PRODUCTION
ROWS
 N  COST
 L  CAP_A
 L  CAP_B
 L  LINK_1A
 L  LINK_1B
 L  LINK_2A
 L  LINK_2B
 L  LINK_3B
 G  DEMAND_1
 G  DEMAND_2
 E  DEMAND_3
 G  SHIP
COLUMNS
    X1A       COST              2.1   CAP_A             1.5
    X1A       LINK_1A             1   DEMAND_1            1
    X1A       SHIP               -1
    X1B       COST              2.4   CAP_B             1.2
    X1B       LINK_1B             1   DEMAND_1            1
    X1B       SHIP               -1
    X2A       COST              1.8   CAP_A               1
    X2A       LINK_2A             1   DEMAND_2            1
    X2A       SHIP               -1
    X2B       COST              1.7   CAP_B             1.4
    X2B       LINK_2B             1   DEMAND_2            1
    X2B       SHIP               -1
    X3B       COST              3.2   CAP_B               2
    X3B       LINK_3B             1   DEMAND_3            1
    X3B       SHIP               -1
    MARKER    'MARKER'                'INTORG'
    S1A       COST               14   CAP_A               3
    S1A       LINK_1A           -25
    S1B       COST               11   CAP_B               4
    S1B       LINK_1B           -25
    S2A       COST                9   CAP_A               2
    S2A       LINK_2A           -30
    S2B       COST               12   CAP_B               3
    S2B       LINK_2B           -30
    S3B       COST               10   CAP_B               5
    S3B       LINK_3B           -20
    OT_A      COST                7   CAP_A              -8
    OT_B      COST              8.5   CAP_B              -8
    TRUCKS    COST                6   SHIP               12
    MARKER    'MARKER'                'INTEND'
    BUY_1     COST              4.6   DEMAND_1            1
    BUY_1     SHIP               -1
RHS
    RHS       CAP_A              40   CAP_B              40
    RHS       DEMAND_1           23   DEMAND_2           28
    RHS       DEMAND_3            9
BOUNDS
 UP BND       X1A                25
 UP BND       X1B                25
 UP BND       X2A                30
 UP BND       X2B                30
 UP BND       X3B                20
 BV BND       S1A
 BV BND       S1B
 BV BND       S2A
 BV BND       S2B
 BV BND       S3B
 UP BND       OT_A                3
 UP BND       OT_B                2
 UP BND       TRUCKS              9
 UP BND       BUY_1              15
ENDATA
