alter table parcel add column sender varchar(255);
