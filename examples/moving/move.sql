alter table orders add column paid_by text; -- imp_uid of V1, transactionId of V2; null if paid before the move
create table attempts (payment_id text primary key, order_id text not null references orders (id));
create table refunds_due (
  imp_uid text primary key, merchant_uid text not null, api text not null,
  amount numeric not null, currency text not null, refunded_at timestamptz
);
