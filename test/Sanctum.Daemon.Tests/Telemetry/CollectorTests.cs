using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Sanctum.Daemon.Tests.Telemetry;

/// <summary>What a collector gets by OTLP.</summary>
[Collection("telemetry")]
public sealed class CollectorTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collector_gets_spans_and_metrics_without_names_and_secrets(bool overSocket)
    {
        await using var vault = await VaultFixture.CreateAsync();
        var socket = overSocket ? Path.Join(vault.Root, "otlp.sock") : null;
        await using var collector = await Collector.StartAsync(socket);
        vault.Configure($$"""{ "telemetry": { "otlp": "{{collector.Address}}" } }""");
        var daemon = await vault.StartAsync();
        var agent = await vault.SignInAsync();
        await agent.CallRawAsync(Retrieve(agent, flags: "01"));

        await daemon.DisposeAsync();

        Assert.Equal(["/v1/metrics", "/v1/traces"], collector.Requests.Keys.Order(StringComparer.Ordinal));
        var spans = collector.Requests["/v1/traces"];
        Assert.True(spans.AsSpan().IndexOf(Convert.FromHexString(Trace)) >= 0, "the agent's trace");
        Assert.True(spans.AsSpan().IndexOf("retrieve"u8) >= 0, "the method");
        Assert.True(collector.Requests["/v1/metrics"].AsSpan().IndexOf("rpc.server.call.duration"u8) >= 0, "the measurement");
        Assert.All(collector.Requests, sent => Assert.All((string[])["worker", "app/", "CANARY"], name => Assert.True(sent.Value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)) < 0, $"{name} in {sent.Key}")));
    }

    [Fact]
    public async Task The_audit_entry_has_the_agents_trace()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await vault.StartAsync();
        var agent = await vault.SignInAsync();
        await agent.CallRawAsync(Retrieve(agent, flags: "00"));
        await agent.ReplyAsync("retrieve", $$"""{"session_id":"{{agent.SessionId}}","path":"app/api_key"}""");
        var entries = new List<string?>();
        await foreach (var entry in (await vault.OperatorAsync()).ReadAuditAsync(new(Action: "retrieve"), default))
        {
            entries.Add(entry.TraceId);
        }

        Assert.Equal([Trace, null], entries);
    }

    [Theory]
    [InlineData("\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more\"")]
    [InlineData("\"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"")]
    [InlineData("\"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01\"")]
    [InlineData("\"CANARY\"")]
    [InlineData("7")]
    public async Task A_trace_of_another_form_is_refused_and_recorded_nowhere(string traceparent)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await vault.StartAsync();
        var agent = await vault.SignInAsync();
        var reply = await agent.CallRawAsync($$$"""{"id":7,"method":"list","traceparent":{{{traceparent}}},"params":{"session_id":"{{{agent.SessionId}}}"}}""");
        Assert.Equal("INVALID_REQUEST", reply.GetProperty("error").GetProperty("code").GetString());
    }

    private static string Retrieve(AgentWire agent, string flags) =>
        $$$"""{"id":7,"method":"retrieve","traceparent":"00-{{{Trace}}}-00f067aa0ba902b7-{{{flags}}}","params":{"session_id":"{{{agent.SessionId}}}","path":"app/api_key"}}""";

    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Collector(string? socket)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                if (socket is null)
                {
                    kestrel.Listen(IPAddress.Loopback, 0);
                }
                else
                {
                    kestrel.ListenUnixSocket(socket);
                }
            });
            _app = builder.Build();
            _app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                Requests[http.Request.Path] = body.ToArray();
            });
        }

        public System.Collections.Concurrent.ConcurrentDictionary<string, byte[]> Requests { get; } = new(StringComparer.Ordinal);

        public string Address { get; private set; } = "";

        public static async Task<Collector> StartAsync(string? socket)
        {
            var collector = new Collector(socket);
            await collector._app.StartAsync();
            collector.Address = socket is null
                ? collector._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()
                : $"unix://{socket}";
            return collector;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
