create or replace view light as select code from parcel where weight < 10;
