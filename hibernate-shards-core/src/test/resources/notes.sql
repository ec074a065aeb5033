insert into Note (id, author, text) values (1, 'ada', 'loaded');
insert into Note (id, author, text) values (2, 'grace', 'loaded');
insert into Note (id, author, text) values (3, 'barbara', 'loaded');
insert into Note (id, author, text) values (4, 'radia', 'loaded');
