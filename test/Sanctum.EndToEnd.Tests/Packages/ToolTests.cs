using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>The .NET tool and the libraries, from the folder of packages.</summary>
public sealed class ToolTests
{
    [Fact]
    public async Task The_tool_is_installed_runs_the_readmes_story_and_is_removed()
    {
        var packages = Packages.Require();
        await using var home = new SanctumHome();
        var tools = Path.Join(home.Directory, "tools");
        var installed = await DotnetAsync(home, $"dotnet tool install Sanctum.Cli --tool-path {tools} --source {packages} --no-cache");
        Assert.True(installed.ExitCode == 0, installed.Output + installed.Errors);

        var story = await DotnetAsync(home, ReadmeStory.Script() + "sanctum daemon start && sanctum daemon stop\n", tools);
        Assert.True(story.ExitCode == 0, story.Output + story.Errors);

        Assert.Equal(0, (await DotnetAsync(home, $"dotnet tool uninstall Sanctum.Cli --tool-path {tools}")).ExitCode);
        Assert.Empty(Directory.GetFiles(tools, "*", SearchOption.AllDirectories));
        Assert.True(File.Exists(Path.Join(home.Vault, "vault.sealed")), "the vault is gone");
    }

    [Fact]
    public async Task An_agent_written_against_the_client_package_uses_a_credential()
    {
        var packages = Packages.Require();
        await using var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("webhooks/signing_key", "0123456789abcdef0123456789abcdef", "--type", "hmac");
        await home.RegisterAsync("helper");
        await home.GrantAsync("helper-signs", "helper", "webhooks/*", "list,use");
        var version = Path.GetFileNameWithoutExtension(Packages.One("Sanctum.Client.*.nupkg"))["Sanctum.Client.".Length..];
        await File.WriteAllTextAsync(Path.Join(home.Directory, "agent.cs"), $$"""
            #:package Sanctum.Client@{{version}}
            #:property PublishAot=false

            using Sanctum.Client;

            await using var vault = await SanctumClient.ConnectAsync("helper");
            Console.WriteLine((await vault.SignAsync("webhooks/signing_key", "order 42")).Algorithm);
            """);

        // Other packages come from wherever this machine has them from.
        var run = await DotnetAsync(home, $"dotnet nuget add source {packages} --name packages >/dev/null; dotnet run agent.cs\n");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("hmac-sha256", run.Output, StringComparison.Ordinal);
    }

    // In the words of the README, in a program that has never seen the repository.
    [Theory]
    [InlineData("Sanctum.Client")]
    [InlineData("Sanctum.Extensions")]
    [InlineData("Sanctum.Testing")]
    [InlineData("Sanctum.Storage.Sqlite")]
    public async Task A_program_gets_a_package_by_the_readmes_commands(string name)
    {
        await using var home = new SanctumHome();
        Directory.CreateSymbolicLink(Path.Join(Directory.CreateDirectory(Path.Join(home.Directory, "artifacts")).FullName, "package"), Packages.Require());
        var readme = await File.ReadAllTextAsync(Path.Join(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        const string source = "dotnet nuget add source \"$PWD/artifacts/package\" --name sanctum";
        Assert.Contains($"`{source}`", readme, StringComparison.Ordinal);
        Assert.Contains($"`dotnet add package {name}`", readme, StringComparison.Ordinal);

        var built = await DotnetAsync(home, $"set -e\n{source}\ndotnet new console -o program\ncd program\ndotnet add package {name}\ndotnet build\n");
        Assert.True(built.ExitCode == 0, built.Output + built.Errors);
    }

    [Theory]
    [InlineData("Sanctum.Protocol")]
    [InlineData("Sanctum.Client")]
    [InlineData("Sanctum.Extensions")]
    [InlineData("Sanctum.Testing")]
    [InlineData("Sanctum.Vault")]
    [InlineData("Sanctum.Storage.Sqlite")]
    [InlineData("Sanctum.Storage.Postgres")]
    [InlineData("Sanctum.SealProviders")]
    [InlineData("Sanctum.Daemon")]
    [InlineData("Sanctum.Cli")]
    public void Each_package_is_there_once(string name) =>
        Assert.Single(Directory.GetFiles(Packages.Require(), $"{name}.*.nupkg"), file => char.IsAsciiDigit(Path.GetFileName(file)[name.Length + 1]));

    [Fact]
    public void What_a_package_depends_on_is_there_too()
    {
        var own = Directory.GetFiles(Packages.Require(), "Sanctum.*.nupkg").ToDictionary(file => file, DependenciesOf);
        Assert.NotEmpty(own.Values.SelectMany(names => names));
        Assert.All(own, package => Assert.All(package.Value, name => Assert.Contains(own.Keys, file => Path.GetFileName(file).StartsWith($"{name}.", StringComparison.Ordinal))));
    }

    private static string[] DependenciesOf(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        using var description = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return [.. XDocument.Load(description).Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).Where(name => name.StartsWith("Sanctum.", StringComparison.Ordinal))];
    }

    [Fact]
    public void The_client_package_brings_the_rules_and_their_fixes()
    {
        using var package = ZipFile.OpenRead(Packages.One("Sanctum.Client.*.nupkg"));
        Assert.Equal(
            ["analyzers/dotnet/cs/Sanctum.Analyzers.CodeFixes.dll", "analyzers/dotnet/cs/Sanctum.Analyzers.dll"],
            package.Entries.Select(it => it.FullName).Where(it => it.StartsWith("analyzers/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    // The runtime and SDK that run these tests; a home and a cache of packages with nothing in them.
    private static Task<CliResult> DotnetAsync(SanctumHome home, string script, string tools = "")
    {
        var root = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        return Packages.ShellAsync(
            home.Directory, $"{tools}:{root}:/usr/bin:/bin", script, [("DOTNET_ROOT", root), ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), .. Feeds()]);
    }

    // Where NuGet finds packages may be said by the environment, and by a file of the user's.
    private static IEnumerable<(string Name, string Value)> Feeds() =>
        from name in new[] { "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR" }
        let value = Environment.GetEnvironmentVariable(name)
        where value is not null
        select (name, value);
}
