jsonCallback({
  "drpost": false,
  "services": [
    {
      "redirectUrl": null,
      "events": [
        {
          "usersAffected": "Some users are affected",
          "epochStartDate": 1772485
