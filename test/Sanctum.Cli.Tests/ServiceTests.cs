using System.Text;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Services;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Tests;

/// <summary>What <c>--service</c> knows by name.</summary>
public sealed class ServiceTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    private string Own => Path.Join(_folder.Vault, "services.json");

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task Every_service_passes_the_vaults_own_rules()
    {
        await using var vault = await OperatorSession.OpenLocalAsync(_folder.Vault, Encoding.UTF8.GetBytes(CliFolder.Passphrase), TestContext.Current.CancellationToken);

        foreach (var service in ServiceCatalog.BuiltIn)
        {
            var given = new GivenBinding
            {
                Service = service,
                Hosts = service.Host is { } host ? [host.Example] : null,
                User = service.User?.Example,
            };
            var stored = await vault.StoreAsync(
                given.Check().ApplyTo(new StoreRequest($"services/{service.Name}", "AKIDEXAMPLE:secret-value"u8.ToArray())), TestContext.Current.CancellationToken);

            Assert.NotEmpty(stored.Hosts);
            Assert.StartsWith(service.HeaderType, stored.HeaderType, StringComparison.Ordinal);
            Assert.Equal(service.Type, stored.Type);
        }

        Assert.True(ServiceCatalog.BuiltIn.Count >= 40);
    }

    [Fact]
    public void Every_service_has_a_page_of_its_own_and_is_in_order()
    {
        Assert.All(ServiceCatalog.BuiltIn, service => Assert.StartsWith("https://", service.Docs, StringComparison.Ordinal));
        Assert.Equal(ServiceCatalog.BuiltIn.Select(it => it.Name).Order(StringComparer.Ordinal), ServiceCatalog.BuiltIn.Select(it => it.Name));
    }

    [Theory]
    [InlineData("jira", "--host (your site's host) and --user (your account's email address)", "--host acme.atlassian.net --user me@example.com")]
    [InlineData("jira --host acme.atlassian.net", "--user (your account's email address)", "--user me@example.com")]
    [InlineData("jira --user me@example.com", "--host (your site's host)", "--host acme.atlassian.net")]
    [InlineData("gitlab-self-hosted", "--host (your server's host)", "--host gitlab.example.com")]
    [InlineData("twilio", "--user (your account SID, or an API key's SID)", "--user AC0123456789abcdef0123456789abcdef")]
    public async Task What_only_the_user_can_say_is_asked_for_before_the_secret_is(string service, string needs, string hint)
    {
        // No value on stdin: it would be missed only afterwards.
        var result = await _folder.RunAsync($"store a/b --service {service}");

        Assert.Equal((2, $"sanctum: service '{service.Split(' ')[0]}' needs {needs}\nhint: such as {hint}\n"), (result.ExitCode, result.Errors));
    }

    [Theory]
    [InlineData("jira --host acme.atlassian.net --user me@example.com", "acme.atlassian.net as basic:me@example.com, to /rest/* only")]
    [InlineData("jira --host acme.atlassian.net --header-type bearer", "acme.atlassian.net as bearer, to /rest/* only")]
    [InlineData("gitlab-self-hosted --allow-origin https://gitlab.internal", "https://gitlab.internal as custom:PRIVATE-TOKEN")]
    public async Task What_is_said_completes_it(string service, string binding) =>
        Assert.Equal($"stored a/b, version 1; sent to {binding}\n", await _folder.DoAsync($"store a/b --service {service}", "secret-value"));

    [Fact]
    public async Task A_services_note_is_for_people_and_not_in_the_way_of_programs()
    {
        const string token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"; // One that nobody is warned about.
        var result = await _folder.RunAsync("store a/b --service telegram", token);

        Assert.Equal("Telegram, as a bot: the agent writes {secret} where the token goes: https://api.telegram.org/bot{secret}/getMe\n", result.Errors);
        Assert.DoesNotContain("agent writes", result.Output, StringComparison.Ordinal);
        Assert.Equal("", (await _folder.RunAsync("store a/b --service telegram --json", token)).Errors);
    }

    [Fact]
    public async Task The_list_shows_each_and_what_has_to_be_added()
    {
        var lines = (await _folder.DoAsync("service list")).TrimEnd('\n').Split('\n');

        Assert.Equal(ServiceCatalog.BuiltIn.Count + 1, lines.Length);
        Assert.Matches(@"^openai +OpenAI +api\.openai\.com +bearer$", Assert.Single(lines, line => line.StartsWith("openai ", StringComparison.Ordinal)));
        Assert.Matches("^jira +Jira Cloud +basic +--host, --user$", Assert.Single(lines, line => line.StartsWith("jira ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_is_shown_with_the_command_that_stores_it()
    {
        var shown = await _folder.DoAsync("service show jira");
        var command = shown.TrimEnd('\n').Split('\n')[^1].Split("sanctum ")[1].Replace("PATH", "a/b", StringComparison.Ordinal);

        Assert.StartsWith("jira: Jira Cloud\n", shown, StringComparison.Ordinal);
        Assert.StartsWith("stored a/b", await _folder.DoAsync(command, "secret-value"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_list_prints_for_programs_is_a_file_of_services()
    {
        File.WriteAllText(Own, await _folder.DoAsync("service list --json"));

        Assert.Equal(File.ReadAllText(Own), await _folder.DoAsync("service list --json"));
        Assert.Equal("jira", (await _folder.JsonAsync("service show jira")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_users_own_are_there_beside_the_others_and_win()
    {
        File.WriteAllText(Own, """
            {
              // Our gateway, in place of the service itself.
              "services": [
                { "name": "openai", "title": "Our gateway", "header_type": "api_key", "hosts": ["llm.example.com"] },
                { "name": "crm", "title": "Our CRM", "header_type": "query:key", "hosts": ["crm.example.com"], "paths": ["/api/*"] },
              ],
            }
            """);

        Assert.Contains("sent to llm.example.com as api_key\n", await _folder.DoAsync("store a/b --service openai", "secret-value"), StringComparison.Ordinal);
        Assert.Contains("sent to crm.example.com as query:key, to /api/* only\n", await _folder.DoAsync("store a/c --service crm", "secret-value"), StringComparison.Ordinal);
        Assert.Contains("sent to api.stripe.com as bearer\n", await _folder.DoAsync("store a/d --service stripe", "secret-value"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_others_can_write_is_refused()
    {
        File.WriteAllText(Own, """{ "services": [] }""");
        File.SetUnixFileMode(Own, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);

        var result = await _folder.RunAsync("service list");

        Assert.Equal((2, $"sanctum: can't use {Own}: services.json can be written by other users\nhint: run chmod go-w on it\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task A_malformed_file_keeps_anything_from_being_stored_with_it()
    {
        File.WriteAllText(Own, "{\n  \"services\": [\n    { \"name\": 1 }\n  ]\n}\n");

        var result = await _folder.RunAsync("store a/b --service openai", "secret-value");

        Assert.Equal((2, $"sanctum: can't use {Own}: line 3: 'services[0].name' has the wrong type"), (result.ExitCode, result.Errors.Split('\n')[0]));
        Assert.Equal(0, (await _folder.RunAsync("store a/b", "secret-value")).ExitCode);
    }

    [Theory]
    [InlineData("", "line 1: it is not the JSON of a list of services")]
    [InlineData("[]", "line 1: it is not the JSON of a list of services")]
    [InlineData("null", "it must be an object")]
    [InlineData("{}", "line 1: the file has no 'services'")]
    [InlineData("""{"services": null}""", "line 1: 'services' has the wrong type")]
    [InlineData("""{"services": [], "version": 1}""", "line 1: 'version' is an unknown member")]
    [InlineData("""{"services": [null]}""", "services[0]: it must be an object")]
    [InlineData("""{"services": [{"name": "x", "title": "X"}]}""", "line 1: services[0] has no 'header_type'")]
    [InlineData("""{"services": [{"name": "x", "colour": 1}]}""", "line 1: 'services[0].colour' is an unknown member")]
    [InlineData("""{"services": [{"name": "x", "name": "y"}]}""", "line 1: 'services[0].name' is repeated")]
    [InlineData("""{"services": [{"name": "x", "title": "X", "header_type": "bearer", "hosts": "a"}]}""", "line 1: 'services[0].hosts' has the wrong type")]
    [InlineData("""{"services": [{"name": "x", "title": null}]}""", "line 1: 'services[0].title' has the wrong type")]
    [InlineData("""{"services": [{"name": "X", "title": "X", "header_type": "bearer", "hosts": ["a"]}]}""", "services[0]: 'name' must be 1 to 64 of a-z, 0-9 and '-'")]
    [InlineData("""{"services": [{"name": "x", "title": "X", "header_type": "bearer"}]}""", "services[0]: 'x' must have 'hosts', or 'host' if the user chooses it")]
    [InlineData(
        """{"services": [{"name": "x", "title": "X", "header_type": "bearer", "hosts": ["a"], "host": {"what": "w", "example": "e"}}]}""",
        "services[0]: 'x' must have 'hosts', or 'host' if the user chooses it")]
    [InlineData("""{"services": [{"name": "x", "title": "X", "header_type": "bearer", "hosts": [null]}]}""", "services[0]: 'x' has null in a list")]
    [InlineData(
        """{"services": [{"name": "x", "title": "X", "header_type": "bearer", "hosts": ["a"], "user": {"what": "w", "example": "e"}}]}""",
        "services[0]: 'x' has 'user', which requires the header type basic")]
    [InlineData(
        """{"services": [{"name": "x", "title": "X", "header_type": "bearer", "hosts": ["a"]}, {"name": "x", "title": "X", "header_type": "bearer", "hosts": ["a"]}]}""",
        "services[1]: 'x' is repeated")]
    public void A_malformed_file_is_refused_with_the_place(string json, string mistake)
    {
        var error = Assert.Throws<CliException>(() => ServiceFile.Parse(Encoding.UTF8.GetBytes(json), "F"));

        Assert.Equal((ExitCode.Usage, $"can't use F: {mistake}"), (error.ExitCode, error.Message));
    }

    [Fact]
    public void A_file_in_UTF_16_is_said_to_be_that() => Assert.Equal(
        "can't use F: it is UTF-16 text", Assert.Throws<CliException>(() => ServiceFile.Parse([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")], "F")).Message);
}
