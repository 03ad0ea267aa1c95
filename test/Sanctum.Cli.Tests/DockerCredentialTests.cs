using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>Docker's protocol, by the name that Docker runs.</summary>
public sealed class DockerCredentialTests : IClassFixture<AgentVault>
{
    private readonly AgentVault _vault;
    private readonly string _link;

    public DockerCredentialTests(AgentVault vault)
    {
        _vault = vault;
        _link = Path.Join(vault.Home, "docker-credential-sanctum");
        File.WriteAllText(Path.Join(vault.Folder.Vault, "hosts.json"), """
            {
              "agent": "bot",
              "hosts": {
                "ghcr.io": { "path": "take/token" },
                "docker.io": { "path": "take/token", "user": "ada" },
                "used.example.com": { "path": "use/api" },
              },
            }
            """);
        if (!File.Exists(_link))
        {
            File.CreateSymbolicLink(_link, CliProcess.Path);
        }
    }

    [Theory]
    [InlineData("ghcr.io", "x-access-token")]
    [InlineData("https://ghcr.io", "x-access-token")]
    [InlineData("https://index.docker.io/v1/", "ada")]
    public async Task Docker_gets_the_secret_of_a_registry_that_is_listed(string server, string user)
    {
        var given = await DockerAsync("get", server + "\n");

        Assert.True(given.ExitCode == 0, given.Errors);
        var json = JsonDocument.Parse(given.Output).RootElement;
        Assert.Equal((server, user, AgentVault.Secret), (json.GetProperty("ServerURL").GetString(), json.GetProperty("Username").GetString(), json.GetProperty("Secret").GetString()));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("http://ghcr.io")]
    [InlineData("https://ghcr.io@evil.example")]
    [InlineData("ghcr.io:5000")]
    public async Task Another_registry_gets_what_docker_takes_for_nothing(string server)
    {
        var given = await DockerAsync("get", server);

        Assert.Equal((1, "credentials not found in native keychain\n"), (given.ExitCode, given.Output));
    }

    [Fact]
    public async Task What_is_refused_is_said_where_docker_reads_it()
    {
        var given = await DockerAsync("get", "used.example.com");

        Assert.Equal((1, "sanctum: agent 'bot' can see use/api, but may not retrieve it\n"), (given.ExitCode, given.Output));
    }

    [Theory]
    [InlineData("store", """{"ServerURL":"ghcr.io","Username":"a","Secret":"b"}""")]
    [InlineData("erase", "ghcr.io")]
    public async Task Docker_stores_and_removes_nothing(string operation, string input)
    {
        var refused = await DockerAsync(operation, input);

        Assert.Equal((1, "sanctum: only the vault's operator stores and removes secrets\n"), (refused.ExitCode, refused.Output));
        Assert.Equal(AgentVault.Secret, await _vault.DoAsync("read take/token"));
    }

    [Fact]
    public async Task The_list_has_registries_and_users_and_no_secret()
    {
        var listed = await DockerAsync("list", "");

        Assert.Equal("x-access-token", JsonDocument.Parse(listed.Output).RootElement.GetProperty("https://ghcr.io").GetString());
        Assert.DoesNotContain(AgentVault.Secret, listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_does_the_same_without_the_link() =>
        Assert.Equal((await DockerAsync("get", "ghcr.io")).Output, await _vault.DoAsync("docker-credential get", "ghcr.io"));

    private Task<CliResult> DockerAsync(string operation, string input) =>
        CliProcess.RunAsync([operation], _vault.Environment(("SANCTUM_AGENT", "")), Encoding.UTF8.GetBytes(input), _link);
}
