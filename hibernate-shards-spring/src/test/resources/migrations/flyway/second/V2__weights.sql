alter table parcel add constraint weight_positive check (weight > 0);
