jsonCallback({"services": [{"name": "Beacon Mail"}]});
