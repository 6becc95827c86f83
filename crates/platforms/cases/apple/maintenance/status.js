jsonCallback({
  "drpost": false,
  "services": [
    {
      "redirectUrl": null,
      "events": [
        {
          "usersAffected": null,
          "epochStartDate": 1772618400000,
          "epochEndDate": 1772625600000,
          "messageId": "2000001002",
          "statusType": "Maintenance",
          "datePosted": "03/01/2026 10:00 PST",
          "startDate": "03/01/2026 10:00 PST",
          "endDate": null,
          "affectedServices": null,
          "eventStatus": "upcoming",
          "message": "The quay is painted."
        }
      ],
      "serviceName": "Beacon Mail"
    },
    {
      "redirectUrl": null,
      "events": [
        {
          "usersAffected": null,
          "epochStartDate": 1772492400000,
          "epochEndDate": 1772503200000,
          "messageId": "2000001003",
          "statusType": "Maintenance",
          "datePosted": "03/02/2026 15:00 PST",
          "startDate": "03/02/2026 15:00 PST",
          "endDate": null,
          "affectedServices": null,
          "eventStatus": "ongoing",
          "message": "The harbour is dredged."
        }
      ],
      "serviceName": "Harbour Drive"
    }
  ]
});
