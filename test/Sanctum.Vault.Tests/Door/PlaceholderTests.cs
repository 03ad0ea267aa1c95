using System.Text;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Tests.Egress;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Door;

/// <summary>What stands for a credential in a program's requests.</summary>
public sealed class PlaceholderTests : IAsyncLifetime
{
    private static readonly CredentialPath Key = CredentialPath.Parse(Outside.Path);

    private Outside _outside = null!;
    private TestUpstream _upstream = null!;
    private TestUpstream _other = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync();
        _other = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
        await _outside.StoreAsync(new() { AllowedOrigins = [_other.Origin] }, "the other one's secret", "other/key");
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
        await _other.DisposeAsync();
    }

    public static TheoryData<string, string> Kinds => new()
    {
        { "sk-ant-api03-abcdefghijklmnop", "sk-ant-api03-" },
        { "sk-proj-abcdefghijklmnop", "sk-proj-" },
        { "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "ghp_" },
        { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJ" },
        { "something else entirely", "sanctum" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_looks_like_the_kind_of_secret_that_it_stands_for_and_is_another_each_time(string secret, string prefix)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, secret);
        using var first = await RunAsync();
        using var second = await RunAsync();
        var (one, two) = (first.Placeholders[Key], second.Placeholders[Key]);
        Assert.StartsWith(prefix, one, StringComparison.Ordinal);
        Assert.NotEqual(one, two);
        Assert.DoesNotContain(secret, one, StringComparison.Ordinal);
        Assert.Equal(secret.Count(letter => letter == '.'), one.Count(letter => letter == '.'));
    }

    [Theory]
    [InlineData("bearer", "Authorization", "Bearer {0}")]
    [InlineData("bearer", "authorization", "token {0}")]
    [InlineData("api_key", "X-API-Key", "{0}")]
    [InlineData("basic:bot", "Authorization", "Basic user:{0}")]
    [InlineData("basic:bot", "Authorization", "Basic {0}:x-oauth-basic")]
    public async Task It_is_replaced_where_its_credential_goes(string type, string header, string value)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = type });
        using var run = await RunAsync();
        var filled = value.Replace("{0}", run.Placeholders[Key], StringComparison.Ordinal);
        filled = filled.StartsWith("Basic ", StringComparison.Ordinal) ? "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(filled[6..])) : filled;
        Assert.Equal(200, await SendAsync(run, _upstream.Origin + "/ok", headers: [new(header, filled)]));
        var sent = (await _upstream.Requests.NextAsync()).Headers.Single(it => it.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Value;
        Assert.DoesNotContain(run.Placeholders[Key], sent, StringComparison.Ordinal);
        Assert.Contains(type.StartsWith("basic", StringComparison.Ordinal) ? Convert.ToBase64String(Encoding.ASCII.GetBytes($"bot:{Outside.Secret}")) : Outside.Secret, sent, StringComparison.Ordinal);
        Assert.Equal(Outside.Path, Assert.Single(await _outside.UsesAsync()).Resource);
    }

    [Theory]
    [InlineData("query:key", "/ok?a=1&key={0}&b=2")]
    [InlineData("path", "/ok/{0}/messages")]
    public async Task It_is_replaced_in_the_url_where_its_credential_goes_there(string type, string target)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = type });
        using var run = await RunAsync();
        Assert.Equal(200, await SendAsync(run, _upstream.Origin + target.Replace("{0}", run.Placeholders[Key], StringComparison.Ordinal)));
        var sent = (await _upstream.Requests.NextAsync()).Target;
        Assert.DoesNotContain(run.Placeholders[Key], sent, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString(Outside.Secret), sent, StringComparison.Ordinal);
    }

    private const string AwsSecret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    [Fact]
    public async Task A_request_that_a_client_signed_for_aws_is_signed_anew()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "aws_sigv4:eu-central-1/sqs" }, AwsSecret);
        using var run = await RunAsync();
        var id = run.Placeholders[Key];
        Assert.StartsWith("AKIA", id, StringComparison.Ordinal);
        Assert.Equal(200, await SendAsync(run, _upstream.Origin + "/ok", headers: [.. Signed(id), new("X-Amz-Target", "AmazonSQS.ListQueues")]));
        var sent = (await _upstream.Requests.NextAsync()).Headers;
        var authorization = Assert.Single(sent, it => it.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)).Value;
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/", authorization, StringComparison.Ordinal);
        Assert.Contains("/eu-central-1/sqs/aws4_request", authorization, StringComparison.Ordinal);
        Assert.Contains("x-amz-target", authorization, StringComparison.Ordinal);
        Assert.DoesNotContain(sent, it => it.Value.Contains(id, StringComparison.Ordinal) || it.Value is "theirs" or "20200101T000000Z");
    }

    // {0} is the placeholder. A second name in it would be the one that a service reads.
    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential={0}x/20200101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=00")]
    [InlineData("AWS4-HMAC-SHA256 Credential={0}/20200101/eu-central-1/sqs/aws4_request, Credential=AKIAOTHER/20200101/eu-central-1/sqs/aws4_request, Signature=00")]
    [InlineData("AWS4-HMAC-SHA256 Credential={0}, SignedHeaders=host, Signature=00")]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential={0}/20200101/sqs/aws4_request, SignedHeaders=host, Signature=00")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIAOTHER/20200101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature={0}")]
    [InlineData("Bearer {0}")]
    public async Task What_is_no_signature_of_aws_with_the_placeholder_is_refused(string authorization)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "aws_sigv4:eu-central-1/sqs" }, AwsSecret);
        using var run = await RunAsync();
        var header = new KeyValuePair<string, string>("Authorization", authorization.Replace("{0}", run.Placeholders[Key], StringComparison.Ordinal));
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync(run, _upstream.Origin + "/ok", headers: header));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Pieces_that_a_client_signed_one_by_one_are_refused_with_what_to_do()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "aws_sigv4:eu-central-1/s3" }, AwsSecret);
        using var run = await RunAsync();
        var headers = Signed(run.Placeholders[Key]).Where(it => it.Key != "X-Amz-Content-Sha256").Append(new("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
        var refused = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync(run, _upstream.Origin + "/ok", "PUT", headers: [.. headers]));
        Assert.Contains("AWS_REQUEST_CHECKSUM_CALCULATION=when_required", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, _upstream.Connections);
    }

    private static IEnumerable<KeyValuePair<string, string>> Signed(string id) =>
    [
        new("authorization", $"AWS4-HMAC-SHA256 Credential={id}/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000"),
        new("X-Amz-Date", "20200101T000000Z"),
        new("X-Amz-Security-Token", "theirs"),
        new("X-Amz-Content-Sha256", "theirs"),
    ];

    public static TheoryData<string> Places =>
        ["other host", "another header", "query", "path", "beside other text", "percent-encoded", "base64", "twice", "user agent"];

    // Whatever the request is for: it never leaves, and nobody is asked whether it might.
    [Theory]
    [MemberData(nameof(Places))]
    public async Task Anywhere_else_it_is_refused_and_nothing_is_sent(string place)
    {
        using var run = await RunAsync();
        var text = run.Placeholders[Key];
        var sending = place switch
        {
            "other host" => SendAsync(run, _other.Origin + "/ok", headers: [new("Authorization", "Bearer " + text)]),
            "another header" => SendAsync(run, _upstream.Origin + "/ok", headers: [new("X-Note", text)]),
            "query" => SendAsync(run, $"{_upstream.Origin}/ok?note={text}"),
            "path" => SendAsync(run, $"{_upstream.Origin}/ok/{text}"),
            "beside other text" => SendAsync(run, _upstream.Origin + "/ok", headers: [new("Authorization", $"Bearer {text}x")]),
            "percent-encoded" => SendAsync(run, $"{_upstream.Origin}/ok?note={string.Concat(text.Select(letter => $"%{(int)letter:X2}"))}"),
            "base64" => SendAsync(run, _upstream.Origin + "/ok", headers: [new("X-Note", Convert.ToBase64String(Encoding.ASCII.GetBytes("note: " + text)))]),
            "twice" => SendAsync(run, _upstream.Origin + "/ok", headers: [new("Authorization", "Bearer " + text), new("X-Note", text)]),
            _ => SendAsync(run, _upstream.Origin + "/ok", headers: [new("User-Agent", text)]),
        };
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => sending);
        Assert.Equal((0, 0), (_upstream.Connections, _other.Connections));
        Assert.Equal(AuditOutcome.Denied, Assert.Single(await _outside.UsesAsync()).Outcome);
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("split")]
    [InlineData("escaped")]
    public async Task In_a_body_it_is_cut_off_before_it_leaves(string form)
    {
        using var run = await RunAsync();
        var text = run.Placeholders[Key];
        using var body = new PipedStream();
        string[] pieces = form switch
        {
            "whole" => [$"note={text}&more"],
            "split" => ["note=", text[..9], text[9..20], text[20..], "&more"],
            _ => [$"{{\"note\":\"{string.Concat(text.Select(letter => $"\\u{(int)letter:x4}"))}\"}}"],
        };
        foreach (var piece in pieces)
        {
            await body.WriteAsync(Encoding.ASCII.GetBytes(piece));
        }

        body.Complete();
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync(run, _upstream.Origin + "/echo/body", "POST", body));
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task One_of_an_earlier_run_is_worth_nothing()
    {
        string old;
        using (var earlier = await RunAsync())
        {
            old = earlier.Placeholders[Key];
        }

        using var run = await RunAsync();
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => SendAsync(run, _upstream.Origin + "/ok", headers: [new("Authorization", "Bearer " + old)]));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task There_is_none_for_a_credential_that_the_agent_may_not_use()
    {
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _outside.Test.Vault.BeginRunAsync(_outside.Bot, [Key]));
        var refused = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Denied, VaultErrorCode.AccessDenied), (refused.Outcome, refused.Reason));

        using var run = await _outside.Test.Vault.BeginRunAsync(_outside.Bot);
        Assert.Empty(run.Placeholders);
    }

    [Theory]
    [InlineData("/ok/%25")]
    [InlineData("/ok/%254")]
    public async Task It_completes_no_escape_in_a_path(string before)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "path" });
        using var run = await RunAsync();
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync(run, _upstream.Origin + before + run.Placeholders[Key]));
        Assert.Equal(0, _upstream.Connections);
    }

    private Task<Run> RunAsync() => _outside.Test.Vault.BeginRunAsync(_outside.Bot);

    private async Task<int> SendAsync(Run run, string url, string method = "GET", Stream? body = null, params KeyValuePair<string, string>[] headers)
    {
        await using var exchange = await _outside.Test.Vault.SendAsync(_outside.Bot, new HttpCall { Method = method, Url = url, Headers = headers, Body = body, Way = "test", Run = run });
        await exchange.Body.CopyToAsync(Stream.Null);
        return exchange.Status;
    }
}
