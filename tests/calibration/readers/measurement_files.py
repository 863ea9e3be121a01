"""Small measurement files, written here in the published formats."""

import json

PAIRED = """\
block,test,role,protocol,tls,payload_bytes,req_bytes,mode,rps,pair,cpu_us,ref_cpu_us,diff_us,ratio
topo,pair,client_sidecar,h2,1,1024,512,closed,9000,0,44,22,22,2.0
topo,pair,server_sidecar,h2,1,1024,512,closed,9000,0,40,20,20,2.0
topo,pair,client_sidecar,h2,1,1024,512,closed,9100,1,63,21,42,3.0
topo,pair,client_sidecar,h2,1,1024,512,closed,9200,2,92,23,69,4.0
load,one@100,proxy,h1,0,0,0,open,101,0,200,20,180,10
filter,acc_log(dev null),proxy,h1,0,0,0,closed,30000,0,33,22,11,1.5
filter,none,proxy,h1,0,0,0,closed,30000,0,22,22,0,1
"""

UNPAIRED = """\
scenario,concurrency,protocol,tls,payload_bytes,req_bytes,connections,arrivals,target_rps,\
achieved_rps,cpu_us_client_sidecar,cpu_us_server_sidecar,cpu_us_proxy,p50_ms,contaminated
direct,1,h1,0,1024,0,16,poisson,1000,1000,,,,0.1,0
one,2,h1,0,1024,0,16,poisson,1000,990,,,100,0.4,0
one,2,h1,0,1024,0,16,poisson,1000,1010,,,120,0.5,0
one,2,h1,0,1024,0,16,poisson,1000,1010,,,900,9,1
pair,1,h2,1,0,0,32,closed,,9000,40,50,,1,0
seq,1,tcp,1,0,0,1,closed,,3000,40,,,1,0
few,1,tcp,1,0,0,4,closed,,3000,40,,,1,0
e_filter:acc_log,1,h1,0,0,0,32,closed,,9000,,,45,,0
queue_lua_x,1,h1,0,0,0,32,closed,,9000,,,45,,0
"""

MEMORY = """\
kind,n,endpoints_per_cluster,tls,concurrency,rss_mb
clusters,10,2,,2,60
clusters_tls_ec,10,1,1,2,61.5
endpoints,100,100,,1,58
vhosts,5,,,2,57
listeners,5,,,2,57
idle_conn_h1_mtls_after1req,500,,1,2,80
wonders,5,,,2,57
clusters,0,,,2,
"""

HANDSHAKE = """\
side,key,mtls,resumption,conns,cpu_us_per_conn,repeat,note
server,plain,0,0,1000,200,0,700/s new connection
server_sidecar,ec,1,1,1000,500,1,500/s and so on
server,rsa,1,0,1000,,1,no figure
server,rsa,1,0,1000,900,1,no rate
"""

QUEUE = """\
tag,rate,rep,cpu_us,contaminated,meas_mean,meas_p50
native,2000,0,130,0,350,300
native,2000,1,130,1,350,300
lua_const,2000,1,130,0,350,300
"""

FORTIO = json.dumps(
    {
        "Labels": "two sidecars",
        "RequestedQPS": "1000",
        "ActualQPS": 998.5,
        "NumThreads": 16,
        "DurationHistogram": {
            "Count": 29955,
            "Avg": 0.0012,
            "Percentiles": [
                {"Percentile": 50, "Value": 0.001},
                {"Percentile": 75, "Value": 0.0011},
                {"Percentile": 99.9, "Value": 0.009},
            ],
        },
    }
)

K6 = json.dumps(
    {
        "metrics": {
            "http_req_duration": {"avg": 2.5, "med": 2.0, "p(90)": 4.0, "max": 9.0},
            "http_reqs": {"count": 3000, "rate": 100.0},
            "vus_max": {"value": 10},
        }
    }
)

K6_VALUES = json.dumps(
    {
        "metrics": {
            "http_req_duration": {"type": "trend", "values": {"med": 2.0}},
            "http_reqs": {"type": "counter", "values": {"count": 3000, "rate": 100.0}},
        }
    }
)

K6_POINTS = "metric_name,timestamp,metric_value,status\n" + "".join(
    f"http_req_duration,{1700000000 + n // 10},{n + 1},200\n"
    f"http_reqs,{1700000000 + n // 10},1,200\n"
    for n in range(100)
)

NIGHTHAWK = json.dumps(
    {
        "options": {"requests_per_second": 500, "connections": 20, "open_loop": True},
        "results": [
            {"name": "worker_0", "statistics": []},
            {
                "name": "global",
                "execution_duration": "10s",
                "statistics": [
                    {"id": "sequencer.callback", "count": "1", "mean": "1s"},
                    {
                        "id": "benchmark_http_client.request_to_response",
                        "count": "5000",
                        "mean": "0.000350s",
                        "percentiles": [
                            {"percentile": 0, "duration": "0.0001s"},
                            {"percentile": 0.5, "duration": "0.000300s"},
                            {"percentile": 0.9, "duration": "0.000500s"},
                            {"percentile": 0.990625, "duration": "0.002s"},
                        ],
                    },
                ],
            },
        ],
    }
)

WRK2 = """\
Running 30s test @ http://127.0.0.1:8080/
  2 threads and 100 connections
  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       0.500     0.000000            1         1.00
       1.000     0.500000        15000         2.00
       2.000     0.900000        27000        10.00
       4.000     0.990000        29700       100.00
       9.000     1.000000        30000          inf
#[Mean    =        1.250, StdDeviation   =        0.700]
Requests/sec:   1000.12
"""


def matrix(*series):
    """A range query's answer: labels, then values 15 s apart."""
    result = [
        {
            "metric": labels,
            "values": [[1000 + 15 * i, str(value)] for i, value in enumerate(values)],
        }
        for labels, values in series
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def cpu(pod, values, container="istio-proxy"):
    name = "container_cpu_usage_seconds_total"
    return {"__name__": name, "pod": pod, "container": container}, values


def requests(pod, values, **labels):
    return {"__name__": "istio_requests_total", "pod": pod, **labels}, values
