using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Tests.Egress;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Door;

/// <summary>A response that is read as it comes.</summary>
public sealed class ExchangeTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;
    private string _origin = "";

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host], Protocols = HttpProtocols.Http1AndHttp2 });
        _origin = _upstream.OriginAs(Outside.Host);
        await _outside.AllowOriginsAsync(_origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // Events as models send them: none ends in what could yet become the secret.
    [Fact]
    public async Task Each_event_is_there_before_the_next_is_sent()
    {
        using var next = new SemaphoreSlim(0);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n");
            for (var i = 0; i < 3; i++)
            {
                await next.WaitAsync();
                await connection.SendAsync("10\r\ndata: {\"is\":" + i + "}\n\n\r\n");
            }

            await connection.SendAsync("0\r\n\r\n");
        });
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        await using var exchange = await SendAsync("/").InTime();
        Assert.Equal(200, exchange.Status);
        for (var i = 0; i < 3; i++)
        {
            next.Release();
            var buffer = new byte[100];
            var count = await exchange.Body.ReadAsync(buffer).AsTask().InTime();
            Assert.Equal($"data: {{\"is\":{i}}}\n\n", Encoding.ASCII.GetString(buffer, 0, count));
        }

        Assert.Equal(0, await exchange.Body.ReadAsync(new byte[10]).AsTask().InTime());
    }

    // Whatever it ends in: whoever sent it may wait for a response before the next one.
    [Theory]
    [InlineData("text/event-stream", "data: word\n\n")]
    [InlineData("text/event-stream; charset=utf-8", "data: AB\r\n\r\n")]
    [InlineData("application/x-ndjson", "\"word\"0\n")]
    [InlineData("application/grpc", "\0\0\0\0\u0004word")]
    public async Task A_message_is_there_before_the_next_is_sent_whatever_it_ends_in(string type, string message)
    {
        using var next = new SemaphoreSlim(0);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: {type}\r\n\r\n");
            foreach (var piece in (string[])[message[..3], message[3..], message])
            {
                await connection.SendAsync($"{piece.Length:x}\r\n{piece}\r\n");
                await next.WaitAsync();
            }

            await connection.SendAsync("0\r\n\r\n");
        });
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        await using var exchange = await SendAsync("/").InTime();
        next.Release();
        for (var i = 0; i < 2; i++)
        {
            var text = "";
            while (text.Length < message.Length)
            {
                var buffer = new byte[100];
                text += Encoding.Latin1.GetString(buffer, 0, await exchange.Body.ReadAsync(buffer).AsTask().InTime());
            }

            Assert.Equal(message, text);
            next.Release();
        }
    }

    [Fact]
    public async Task A_read_that_waits_ends_when_the_exchange_is_disposed()
    {
        var exchange = await SendAsync("/drip/10");
        var reading = exchange.Body.ReadAsync(new byte[10]).AsTask();
        await exchange.DisposeAsync().AsTask().InTime();
        await Assert.ThrowsAnyAsync<Exception>(() => reading.InTime());
    }

    [Fact]
    public async Task The_secret_is_taken_out_and_that_is_on_the_record_before_a_byte_after_it()
    {
        await using var exchange = await SendAsync("/echo/headers");
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (await exchange.Body.ReadAsync(buffer).AsTask().InTime() > 0)
        {
            text.Append((char)buffer[0]);
            if (text.ToString().EndsWith("[REDACTED]", StringComparison.Ordinal))
            {
                Assert.Single(await _outside.Test.AuditAsync(new() { Action = AuditActions.UseFound }));
            }
        }

        Assert.Contains("Bearer [REDACTED]", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Outside.Secret, text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_decision_is_on_the_record_before_the_request_leaves_and_the_outcome_follows()
    {
        var sending = SendAsync("/slow");
        await _upstream.Requests.NextAsync();
        var use = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Allowed, "test", "/slow"), (use.Outcome, use.Details!["way"], use.Details["path"]));
        Assert.Empty(await _outside.OutcomesAsync());

        _upstream.Gate("slow").Open();
        await using (var exchange = await sending.InTime())
        {
            Assert.Equal("at last", await TextAsync(exchange));
        }

        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Allowed, "200", "7"), (outcome.Outcome, outcome.Details!["status"], outcome.Details["bytes"]));
    }

    // Agents read their own entries. How short an encoding is tells what in it is alike: the secret, and what the agent has echoed beside it.
    [Fact]
    public async Task The_record_has_the_length_of_a_response_as_it_is_decoded()
    {
        var exchange = await SendAsync("/encoded/gzip", headers: [new("X-Long", new string('a', 2000))]);
        var text = await TextAsync(exchange);
        await exchange.DisposeAsync();
        var decoded = text.Replace("[REDACTED]", Outside.Secret, StringComparison.Ordinal).Length;
        Assert.Equal($"{decoded}", Assert.Single(await _outside.OutcomesAsync()).Details!["bytes"]);
    }

    [Fact]
    public async Task A_body_is_sent_while_it_is_read()
    {
        using var body = new PipedStream();
        var sending = SendAsync("/echo/body", "POST", body);
        for (var i = 0; i < 100; i++)
        {
            await body.WriteAsync(Encoding.ASCII.GetBytes($"piece {i}\n"));
        }

        body.Complete();
        await using var exchange = await sending.InTime();
        var text = await TextAsync(exchange);
        Assert.StartsWith("piece 0\npiece 1\n", text, StringComparison.Ordinal);
        Assert.EndsWith("piece 99\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_holds_the_secret_is_cut_off_before_it_and_counted_as_a_guess()
    {
        using var body = new PipedStream();
        await body.WriteAsync(Encoding.ASCII.GetBytes("harmless, then "));
        await body.WriteAsync(Encoding.ASCII.GetBytes(Outside.Secret));
        await body.WriteAsync("and more"u8.ToArray());
        body.Complete();
        await Refused.WithAsync(VaultErrorCode.SecretInRequest, () => SendAsync("/echo/body", "POST", body));
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Denied, "1"), (outcome.Outcome, outcome.Details!["guesses"]));
    }

    // An agent writes up to a beginning of the secret, and sees at the service how much of it was sent: a limit of its size is enough for that.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task How_much_of_a_body_is_sent_does_not_tell_whether_it_ends_in_a_beginning_of_the_secret(bool isRight)
    {
        await using var raw = RawUpstream.Start(RespondAsync);
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        using var body = new PipedStream();
        var sending = SendAsync("/", "POST", body);
        var known = Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Outside.Secret))[..30];
        await body.WriteAsync(Encoding.ASCII.GetBytes("filler: " + (isRight ? known : known[..^1] + (known[^1] == '0' ? '1' : '0'))));
        var connection = await raw.Connections.NextAsync().InTime();
        await UntilAsync(() => connection.Received.EndsWith("filler: \r\n", StringComparison.Ordinal));

        // What might follow would follow at once.
        await Task.Delay(200);
        Assert.EndsWith("filler: \r\n", connection.Received, StringComparison.Ordinal);
        body.Complete();
        await using var exchange = await sending.InTime();
        Assert.Equal(200, exchange.Status);
    }

    // Whatever it ends in: the agent may wait for a response before it sends the next one.
    [Theory]
    [InlineData("application/grpc", "\0\0\0\0\u0004word")]
    [InlineData("application/grpc-web+proto", "\0\0\0\0\u0004AB12")]
    [InlineData("application/connect+json", "\0\0\0\0\u00041234")]
    [InlineData("application/x-ndjson; charset=utf-8", "\"word\"0\n")]
    public async Task A_message_of_a_body_is_sent_before_the_next_is_read_whatever_it_ends_in(string type, string message)
    {
        await using var raw = RawUpstream.Start(RespondAsync);
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        using var body = new PipedStream();
        var sending = SendAsync("/", "POST", body, headers: [new("Content-Type", type)]);
        var connection = await raw.Connections.NextAsync().InTime();
        for (var i = 1; i <= 2; i++)
        {
            await body.WriteAsync(Encoding.Latin1.GetBytes(message[..3]));
            await body.WriteAsync(Encoding.Latin1.GetBytes(message[3..]));
            await UntilAsync(() => Pieces(connection).Replace("\r\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
                == string.Concat(Enumerable.Repeat(message.Replace("\n", "", StringComparison.Ordinal), i)));
        }

        body.Complete();
        await using var exchange = await sending.InTime();
        Assert.Equal(200, exchange.Status);

        // Without the lengths of its chunks.
        static string Pieces(RawConnection connection) =>
            System.Text.RegularExpressions.Regex.Replace("\r\n" + connection.Received.Split("\r\n\r\n", 2)[^1], "\r\n[0-9a-f]+\r\n", "");
    }

    [Fact]
    public async Task A_body_is_cut_off_before_a_message_that_is_compressed()
    {
        await using var raw = RawUpstream.Start(RespondAsync);
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        using var body = new PipedStream();
        var sending = SendAsync("/", "POST", body, headers: [new("Content-Type", "application/grpc")]);
        var connection = await raw.Connections.NextAsync().InTime();
        await body.WriteAsync(Encoding.Latin1.GetBytes("\0\0\0\0\u0004word"));
        await UntilAsync(() => connection.Received.Contains("word", StringComparison.Ordinal));
        await body.WriteAsync(Encoding.Latin1.GetBytes("\u0001\0\0\0\u0004pack"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => sending.InTime());
        Assert.DoesNotContain('\u0001', connection.Received.Split("\r\n\r\n", 2)[1]);
    }

    // More of them than the memory for all bodies would hold.
    [Fact]
    public async Task A_body_that_is_too_large_to_be_approved_gives_its_memory_back()
    {
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { RequireApproval = true });
        for (var i = 0; i < 6; i++)
        {
            await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync("/echo/body", "POST", new MemoryStream(new byte[17 * 1024 * 1024])));
        }
    }

    [Theory]
    [InlineData("policy", VaultErrorCode.AccessDenied)]
    [InlineData("agent", VaultErrorCode.SessionExpired)]
    [InlineData("credential", VaultErrorCode.AccessDenied)]
    public async Task What_is_taken_from_the_agent_ends_a_stream(string taken, VaultErrorCode code)
    {
        await using var exchange = await SendAsync("/drip/10");
        var reading = exchange.Body.ReadAsync(new byte[10]).AsTask();
        await (taken switch
        {
            "policy" => _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use"),
            "agent" => _outside.Test.Vault.Agents.RemoveAsync(_outside.Test.Operator, AgentName.Parse("bot")),
            _ => _outside.Test.Vault.Credentials.RemoveAsync(_outside.Test.Operator, CredentialPath.Parse(Outside.Path)),
        });
        await Refused.WithAsync(code, () => reading.InTime());
        Assert.True(exchange.Ending.IsCancellationRequested);
    }

    // The end is let go of once it is on the record. A store that takes long for that keeps nobody waiting who reads.
    [Fact]
    public async Task A_read_is_told_of_the_end_while_the_end_is_still_being_recorded()
    {
        await using var exchange = await SendAsync("/drip/10");
        using var gate = new ManualResetEventSlim();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var commits = 0;
        _outside.Test.Store.Committing = _ =>
        {
            // The first is the policy's.
            if (Interlocked.Increment(ref commits) == 2)
            {
                arrived.SetResult();
                gate.Wait(TimeSpan.FromMinutes(5));
            }
        };
        try
        {
            await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
            await arrived.Task.InTime();
            await Refused.WithAsync(VaultErrorCode.AccessDenied, () => exchange.Body.ReadAsync(new byte[10]).AsTask().InTime());
        }
        finally
        {
            gate.Set();
        }
    }

    [Fact]
    public async Task A_vault_is_sealed_while_nobody_reads_an_open_stream()
    {
        var exchange = await SendAsync("/drip/10");
        await _outside.Test.SealAsync().InTime();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => exchange.Body.ReadAsync(new byte[10]).AsTask().InTime());
        await exchange.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_in_which_nothing_moves_is_ended()
    {
        await using var exchange = await SendAsync("/drip/10");
        var reading = exchange.Body.ReadAsync(new byte[10]).AsTask();
        _outside.Test.Time.Advance(TimeSpan.FromMinutes(11));
        await Refused.WithAsync(VaultErrorCode.UpstreamFailed, () => reading.InTime());
    }

    [Fact]
    public async Task A_reader_may_take_its_time()
    {
        await using var exchange = await SendAsync("/text/100000");
        Assert.Equal(1, await exchange.Body.ReadAsync(new byte[1]).AsTask().InTime());
        _outside.Test.Time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(99_999, (await TextAsync(exchange)).Length);
    }

    [Fact]
    public async Task A_service_that_says_nothing_at_all_is_given_up_on()
    {
        var sending = SendAsync("/slow/never");
        await _upstream.Requests.NextAsync().InTime();
        _outside.Test.Time.Advance(TimeSpan.FromMinutes(11));
        await Refused.WithAsync(VaultErrorCode.UpstreamFailed, () => sending.InTime());
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Failed, VaultErrorCode.UpstreamFailed), (outcome.Outcome, outcome.Reason));
    }

    // It may be all that it wanted, and it is nobody's failure.
    [Fact]
    public async Task A_client_that_leaves_in_the_middle_is_an_outcome_of_its_own()
    {
        await using (await SendAsync("/drip/10"))
        {
        }

        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Allowed, null, "client"), (outcome.Outcome, outcome.Reason, outcome.Details!["ended_by"]));
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_response_is_told_from_a_service_that_fails()
    {
        using var leaving = new CancellationTokenSource();
        var call = new HttpCall { Path = CredentialPath.Parse(Outside.Path), Method = "GET", Url = $"{_origin}/slow/never", Way = "test" };
        var sending = _outside.Test.Vault.SendAsync(_outside.Bot, call, leaving.Token);
        await _upstream.Requests.NextAsync().InTime();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.InTime());
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Failed, null, "client"), (outcome.Outcome, outcome.Reason, outcome.Details!["ended_by"]));
    }

    // A body in frames that hold signatures of another key would be stored with its frames.
    [Fact]
    public async Task A_body_signed_in_pieces_for_AWS_is_refused_and_one_that_is_not_is_signed_whole()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_origin], HeaderType = "aws_sigv4:eu-west-1/s3" }, "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        using var framed = new MemoryStream("5;chunk-signature=aa\r\nhello\r\n0;chunk-signature=bb\r\n\r\n"u8.ToArray());
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync(
            "/ok", "PUT", framed, headers: [new("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), new("Content-Encoding", "aws-chunked"), new("X-Amz-Decoded-Content-Length", "5")]));
        Assert.Empty(_upstream.Requests);

        using var whole = new MemoryStream("hello"u8.ToArray());
        await using var exchange = await SendAsync("/ok", "PUT", whole);
        var request = await _upstream.Requests.NextAsync().InTime();
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", request["X-Amz-Content-Sha256"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", request["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_credential_that_is_bound_to_the_host_is_used_where_none_is_named()
    {
        await using var exchange = await SendAsync("/echo/headers", path: null);
        Assert.Contains("Bearer [REDACTED]", await TextAsync(exchange), StringComparison.Ordinal);
        Assert.Equal(Outside.Path, Assert.Single(await _outside.UsesAsync()).Resource);
    }

    [Fact]
    public async Task A_host_with_two_credentials_is_refused_and_neither_is_guessed()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_origin] }, "another secret", "other/key");
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync("/ok", path: null));
        var refused = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Denied, "host:" + new Uri(_origin).Authority), (refused.Outcome, refused.Resource));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task The_more_specific_path_tells_which_of_two_is_meant()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_origin], Paths = ["/echo/*"] }, "another secret", "other/key");
        await using var exchange = await SendAsync("/echo/headers", path: null);
        Assert.Equal("other/key", Assert.Single(await _outside.UsesAsync()).Resource);
    }

    [Fact]
    public async Task A_credential_that_the_agent_may_not_use_is_none()
    {
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync("/ok", path: null));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task A_request_that_the_rules_refuse_is_on_the_record_with_where_it_was_to_go()
    {
        await Assert.ThrowsAsync<VaultException>(() => SendAsync("/ok", headers: [new("X-Forwarded-Host", "elsewhere.test")]));
        var entry = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Failed, VaultErrorCode.InvalidParams), (entry.Outcome, entry.Reason));
        Assert.Equal(("test", "GET", _origin, "/ok"), (entry.Details!["way"], entry.Details["method"], entry.Details["origin"], entry.Details["path"]));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task A_request_with_a_credential_of_its_own_is_not_overwritten()
    {
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync("/ok", path: null, headers: [new("Authorization", "Bearer mine")]));
        Assert.Equal(0, _upstream.Connections);
    }

    private Task<HttpExchange> SendAsync(
        string target, string method = "GET", Stream? body = null, string? path = Outside.Path, Run? run = null, params KeyValuePair<string, string>[] headers) =>
        _outside.Test.Vault.SendAsync(_outside.Bot, new HttpCall
        {
            Path = path is null ? null : CredentialPath.Parse(path),
            Method = method,
            Url = _origin + target,
            Headers = headers,
            Body = body,
            Way = "test",
            Run = run,
        });

    // To a body in chunks, when it has ended.
    private static async Task RespondAsync(RawConnection connection)
    {
        await connection.ReadHeadAsync();
        await connection.ReadHeadAsync();
        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !isSo(); await Task.Delay(10))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "it did not come");
        }
    }

    private static async Task<string> TextAsync(HttpExchange exchange)
    {
        using var reader = new StreamReader(exchange.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync().InTime();
    }
}
