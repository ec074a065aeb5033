--liquibase formatted sql
--changeset anna:parcel
create table parcel (code varchar(255) primary key, weight integer not null);
