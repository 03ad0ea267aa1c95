using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>What <c>sanctum store</c> says of where a secret may be sent.</summary>
public sealed class BindingTests : IAsyncLifetime
{
    // RFC 8410, section 10.3.
    private const string PrivateKey =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task Every_option_of_a_binding_is_kept_and_shown_in_the_list()
    {
        await _folder.DoAsync(
            "store a/b --host api.example.com --host other.example.com:8443 --allow-origin http://127.0.0.1:8080 --allow-origin https://internal.example "
            + "--method GET --method POST --request-path /v1/* --request-path /v2/items --header-type custom:X-Key --allow-credential X-App-Key --allow-credential access_token "
            + "--jwt-claim iss=my=app --jwt-claim aud=x --jwt-allow sub --jwt-allow scope --jwt-max-lifetime 300",
            PrivateKey);

        var credential = (await _folder.JsonAsync("list")).GetProperty("credentials")[0];

        Assert.Equal(["api.example.com", "other.example.com:8443"], Texts(credential, "hosts"));
        Assert.Equal(["http://127.0.0.1:8080", "https://internal.example"], Texts(credential, "allowed_origins"));
        Assert.Equal(["GET", "POST"], Texts(credential, "methods"));
        Assert.Equal(["/v1/*", "/v2/items"], Texts(credential, "paths"));
        Assert.Equal(["X-App-Key", "access_token"], Texts(credential, "allowed_credentials"));
        Assert.Equal("custom:X-Key", credential.GetProperty("header_type").GetString());
        var jwt = credential.GetProperty("jwt");
        Assert.Equal("""{"iss":"my=app","aud":"x"}""", JsonSerializer.Serialize(jwt.GetProperty("claims")));
        Assert.Equal(["sub", "scope"], Texts(jwt, "allowed_claims"));
        Assert.Equal(300, jwt.GetProperty("max_lifetime").GetInt64());
    }

    [Theory]
    [InlineData("", "not bound to any host: agents can't send it anywhere")]
    [InlineData(" --host api.example.com", "sent to api.example.com as the call says, else bearer")]
    [InlineData(" --service openai", "sent to api.openai.com as bearer")]
    [InlineData(" --allow-origin http://127.0.0.1:8080 --header-type api_key", "sent to http://127.0.0.1:8080 as api_key")]
    [InlineData(" --service openai --method GET --request-path /v1/*", "sent to api.openai.com as bearer, by GET only, to /v1/* only")]
    [InlineData(" --jwt-claim iss=app --jwt-allow sub", "not bound to any host: agents can't send it anywhere; JWTs of at most 600s with iss=app, sub")]
    [InlineData(" --host api.example.com --header-type basic --user me", "sent to api.example.com as basic:me")]
    [InlineData(" --host api.example.com --header-type custom:A-Key --allow-credential B-Key", "sent to api.example.com as custom:A-Key, beside B-Key of the agent's own")]
    public async Task Storing_says_what_it_is_bound_to(string options, string binding) =>
        Assert.Equal($"stored a/b, version 1; {binding}\n", await _folder.DoAsync($"store a/b{options}", options.Contains("--jwt", StringComparison.Ordinal) ? PrivateKey : "secret-value"));

    [Fact]
    public async Task A_secret_that_can_be_guessed_is_stored_with_a_warning_that_is_no_part_of_the_list()
    {
        var weak = await _folder.JsonAsync("store a/b", "winter042");
        Assert.Contains("can be guessed", Assert.Single(Texts(weak, "warnings")), StringComparison.Ordinal);
        Assert.StartsWith("warning: this secret can be guessed", (await _folder.RunAsync("store a/b", "winter042")).Errors, StringComparison.Ordinal);
        Assert.Empty((await _folder.RunAsync("store a/b --json", "winter042")).Errors);
        Assert.False((await _folder.JsonAsync("list")).GetProperty("credentials")[0].TryGetProperty("warnings", out _));
        Assert.False((await _folder.JsonAsync("store a/b", "4f8a1c9e2b7d60359c1e8f4a2d7b6350")).TryGetProperty("warnings", out _));
    }

    [Fact]
    public async Task Storing_again_keeps_the_binding_that_is_not_said_anew()
    {
        await _folder.DoAsync("store a/b --service linear --allow-origin http://127.0.0.1:8080 --jwt-claim iss=app --jwt-allow sub --jwt-max-lifetime 60", PrivateKey);

        Assert.Equal(
            "stored a/b, version 2; sent to api.linear.app, http://127.0.0.1:8080 as custom:Authorization, by POST only, to /graphql only; JWTs of at most 60s with iss=app, sub\n",
            await _folder.DoAsync("store a/b", PrivateKey));
        Assert.Equal(
            "stored a/b, version 3; sent to api.linear.app, http://127.0.0.1:8080 as bearer, by POST only, to /graphql only; JWTs of at most 90s with iss=app, sub\n",
            await _folder.DoAsync("store a/b --header-type bearer --jwt-max-lifetime 90", PrivateKey));
        Assert.EndsWith("JWTs of at most 90s with iss=other, sub\n", await _folder.DoAsync("store a/b --jwt-claim iss=other", PrivateKey), StringComparison.Ordinal);
        Assert.EndsWith("JWTs of at most 90s with iss=other, aud\n", await _folder.DoAsync("store a/b --jwt-allow aud", PrivateKey), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--clear host", "sent to http://127.0.0.1:8080 as bearer, by GET only, to /v1/* only; JWTs of at most 60s with iss=app, sub")]
    [InlineData("--clear host --clear allow-origin --clear jwt", "not bound to any host: agents can't send it anywhere")]
    [InlineData("--clear method --clear request-path --clear jwt", "sent to api.example.com, http://127.0.0.1:8080 as bearer")]
    [InlineData("--clear header-type --clear method --clear jwt", "sent to api.example.com, http://127.0.0.1:8080 as the call says, else bearer, to /v1/* only")]
    [InlineData("--clear host --allow-origin http://127.0.0.1:9090 --clear jwt", "sent to http://127.0.0.1:9090 as bearer, by GET only, to /v1/* only")]
    [InlineData("--service linear --clear method --clear request-path --clear jwt", "sent to api.linear.app, http://127.0.0.1:8080 as custom:Authorization")]
    [InlineData("--clear host --clear allow-origin --clear jwt-claim", "not bound to any host: agents can't send it anywhere; JWTs of at most 60s with sub")]
    [InlineData("--clear host --clear allow-origin --clear jwt-allow", "not bound to any host: agents can't send it anywhere; JWTs of at most 60s with iss=app")]
    public async Task What_was_said_before_is_taken_off_by_its_name(string options, string binding)
    {
        await _folder.DoAsync(
            "store a/b --host api.example.com --allow-origin http://127.0.0.1:8080 --method GET --request-path /v1/* --header-type bearer "
            + "--jwt-claim iss=app --jwt-allow sub --jwt-max-lifetime 60",
            PrivateKey);

        Assert.Equal($"stored a/b, version 2; {binding}\n", await _folder.DoAsync($"store a/b {options}", PrivateKey));
    }

    [Fact]
    public async Task Taking_off_what_is_not_there_makes_nothing()
    {
        await _folder.DoAsync("store a/b --tag x", "one");

        var it = await _folder.JsonAsync(
            "store a/b --clear tag --clear host --clear allow-origin --clear method --clear request-path --clear allow-credential --clear header-type --clear jwt-claim --clear jwt-allow", "two");

        Assert.Empty(Texts(it, "tags"));
        Assert.Equal(JsonValueKind.Null, it.GetProperty("header_type").ValueKind);
        Assert.Equal(JsonValueKind.Null, it.GetProperty("jwt").ValueKind);
    }

    [Theory]
    [InlineData("--type hmac", "hmac api.linear.app custom:Authorization POST /graphql")]
    [InlineData("--host eu.example.com", "api_key eu.example.com custom:Authorization POST /graphql")]
    [InlineData("--header-type bearer", "api_key api.linear.app bearer POST /graphql")]
    [InlineData("--method GET", "api_key api.linear.app custom:Authorization GET /graphql")]
    [InlineData("--request-path /v2/*", "api_key api.linear.app custom:Authorization POST /v2/*")]
    public async Task What_is_given_beside_a_service_wins(string option, string expected)
    {
        var it = await _folder.JsonAsync($"store a/b --service linear {option}", "secret-value");

        Assert.Equal(expected, string.Join(
            ' ',
            it.GetProperty("type").GetString(), Texts(it, "hosts").Single(), it.GetProperty("header_type").GetString(), Texts(it, "methods").Single(), Texts(it, "paths").Single()));
    }

    [Theory]
    [InlineData("--user me", "--user requires the header type basic")]
    [InlineData("--service openai --user me", "--user requires the header type basic")]
    [InlineData("--service twilio --header-type bearer --user me", "--user requires the header type basic")]
    [InlineData("--host h.example --clear host", "--host and --clear host can't be combined")]
    [InlineData("--clear header-type --header-type bearer", "--header-type and --clear header-type can't be combined")]
    [InlineData("--clear jwt --jwt-allow sub", "--jwt-allow and --clear jwt can't be combined")]
    [InlineData("--clear jwt --jwt-max-lifetime 60", "--jwt-max-lifetime and --clear jwt can't be combined")]
    [InlineData("--service twilio --user me --clear header-type", "--user requires the header type basic")]
    [InlineData("--clear hosts", "--clear has an invalid value")]
    [InlineData("--jwt-claim iss", "--jwt-claim has an invalid value")]
    [InlineData("--jwt-claim =x", "--jwt-claim has an invalid value")]
    [InlineData("--jwt-claim iss=x --jwt-claim iss=y", "--jwt-claim has the same name twice")]
    public async Task What_makes_no_sense_is_refused_before_the_secret_is_asked_for(string options, string message)
    {
        var ended = await _folder.RunAsync($"store a/b {options}");

        Assert.StartsWith($"sanctum: {message}\n", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(2, ended.ExitCode);
    }

    private static string[] Texts(JsonElement element, string member) => [.. element.GetProperty(member).EnumerateArray().Select(it => it.GetString()!)];
}
