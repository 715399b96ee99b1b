create table if not exists orders (
  id text primary key,
  amount integer not null,
  status text not null default 'waiting',
  imp_uid text -- of the payment that paid it
);
