-- A subscription that is renewed stands beside the one it follows, until the hub has confirmed it.
ALTER TABLE hub_subscriptions DROP CONSTRAINT hub_subscriptions_pkey;
CREATE INDEX hub_subscriptions_of_page ON hub_subscriptions (page);
