--liquibase formatted sql
--changeset anna:weights
alter table parcel add constraint weight_positive check (weight > 0);
--changeset bert:sender
alter table parcel add column sender varchar(255);
