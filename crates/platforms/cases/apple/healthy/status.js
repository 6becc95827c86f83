jsonCallback({
  "drpost": false,
  "services": [
    {
      "redirectUrl": null,
      "events": [],
      "serviceName": "Beacon Mail"
    },
    {
      "redirectUrl": null,
      "events": [
        {
          "usersAffected": "All users were affected",
          "epochStartDate": 1772445600000,
          "epochEndDate": 1772449200000,
          "messageId": "2000001000",
          "statusType": "Issue",
          "datePosted": "03/02/2026 02:10 PST",
          "startDate": "03/02/2026 02:10 PST",
          "endDate": null,
          "affectedServices": null,
          "eventStatus": "resolved",
          "message": "Users may have seen late boats."
        }
      ],
      "serviceName": "Harbour Drive"
    }
  ]
})
