{
  "drpost": false,
  "services": [
    {
      "redirectUrl": null,
      "events": [
        {
          "usersAffected": null,
          "epochStartDate": 1772485200000,
          "epochEndDate": null,
          "messageId": "2000001001",
          "statusType": "Outage",
          "datePosted": "03/02/2026 13:20 PST",
          "startDate": "03/02/2026 13:20 PST",
          "endDate": null,
          "affectedServices": null,
          "eventStatus": "ongoing",
          "message": "Users may not be able to moor."
        }
      ],
      "serviceName": "Harbour Builds"
    },
    {
      "redirectUrl": null,
      "events": [],
      "serviceName": "Beacon Push"
    }
  ]
}
