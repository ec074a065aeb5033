create table parcel (code varchar(255) primary key, weight integer not null);
