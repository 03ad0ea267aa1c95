using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>What a run's program has in its environment, and what not.</summary>
public sealed class RunEnvironmentTests
{
    private static readonly RunPlaces Places = new(4711, "the-token", "/r/bundle.pem", "/r/authority.pem", "/r/wgetrc", "/r/java.p12", 4712);

    [Fact]
    public void Every_program_finds_the_proxy_and_its_certificates()
    {
        var environment = Prepare([]);

        foreach (var name in new[] { "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "grpc_proxy" })
        {
            Assert.Equal("http://run:the-token@127.0.0.1:4711", environment.Get(name));
        }

        foreach (var name in new[] { "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "DENO_CERT", "PIP_CERT", "npm_config_cafile", "AWS_CA_BUNDLE", "CODEX_CA_CERTIFICATE" })
        {
            Assert.Equal("/r/bundle.pem", environment.Get(name));
        }

        Assert.Equal(("localhost,127.0.0.1,::1", "/r/authority.pem", "1"), (environment.Get("NO_PROXY"), environment.Get("NODE_EXTRA_CA_CERTS"), environment.Get("NODE_USE_ENV_PROXY")));
    }

    [Theory]
    [InlineData("HTTP_PROXY")]
    [InlineData("Https_Proxy")]
    [InlineData("socks_proxy")]
    [InlineData("npm_config_https_proxy")]
    [InlineData("NPM_CONFIG_PROXY")]
    [InlineData("no_proxy")]
    [InlineData("GRPC_PROXY")]
    public void What_would_lead_past_the_proxy_is_taken_out(string name) =>
        Assert.DoesNotContain(Prepare([$"{name}=http://elsewhere:1"]).Entries, it => Encoding.UTF8.GetString(it).Contains("elsewhere", StringComparison.Ordinal));

    [Theory]
    [InlineData("SANCTUM_PASSPHRASE")]
    [InlineData("SANCTUM_TOKEN")]
    public void What_an_operator_has_the_program_does_not_get(string name) => Assert.Null(Prepare([$"{name}=secret"]).Get(name));

    [Fact]
    public void All_else_is_passed_on_byte_for_byte_and_in_order()
    {
        byte[] odd = [(byte)'O', (byte)'=', 0xFF, 0xC3];
        var environment = new RawEnvironment([odd, "EMPTY="u8.ToArray(), "none"u8.ToArray()]);
        RunEnvironment.Prepare(environment, Places, new Dictionary<string, string>());

        Assert.Equal([odd, "EMPTY="u8.ToArray(), "none"u8.ToArray()], environment.Entries.Take(3));
    }

    [Fact]
    public void Java_keeps_the_options_that_it_had()
    {
        Assert.StartsWith("-Xmx1g -Dhttps.proxyHost=127.0.0.1 ", Prepare(["JAVA_TOOL_OPTIONS=-Xmx1g"]).Get("JAVA_TOOL_OPTIONS"), StringComparison.Ordinal);
        Assert.DoesNotContain("the-token", Prepare([]).Get("JAVA_TOOL_OPTIONS"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_placeholder_takes_the_place_of_a_secret_that_the_environment_has()
    {
        var values = new RunValues();
        values.Add("OPENAI_API_KEY=openai/api_key");
        var environment = new RawEnvironment(["OPENAI_API_KEY=the-real-one"u8.ToArray()]);

        RunEnvironment.Prepare(environment, Places, values.With(new Dictionary<string, string> { ["openai/api_key"] = "a placeholder" }));

        Assert.Equal("a placeholder", environment.Get("OPENAI_API_KEY"));
        Assert.DoesNotContain(environment.Entries, it => Encoding.UTF8.GetString(it).Contains("the-real-one", StringComparison.Ordinal));
    }

    [Fact]
    public void References_come_from_the_environment_files_and_options_and_later_ones_win()
    {
        var values = new RunValues();
        values.Add(new RawEnvironment(["A=sanctum://env/a"u8.ToArray(), "B=plain"u8.ToArray()]));
        values.Add(DotenvFile.Of("f", "FILE", "A=sanctum://file/a\nC=sanctum://file/c\nD=plain\nE=${D}\nbroken\n"u8.ToArray()));
        values.Add("C=option/c");
        values.Add("F=sanctum://option/f");

        Assert.Equal(["file/a", "option/c", "option/f"], values.Paths.Order(StringComparer.Ordinal));
        var set = values.With(values.Paths.ToDictionary(it => it, it => $"<{it}>"));
        Assert.Equal(new Dictionary<string, string> { ["A"] = "<file/a>", ["C"] = "<option/c>", ["D"] = "plain", ["F"] = "<option/f>" }, set);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("=a/b")]
    [InlineData("A=../b")]
    [InlineData("A=sanctum://")]
    public void An_invalid_variable_is_refused(string text) => Assert.Throws<CliException>(() => new RunValues().Add(text));

    [Fact]
    public void A_credential_without_placeholder_is_no_empty_variable()
    {
        var values = new RunValues();
        values.Add("A=a/b");

        Assert.Contains("a/b", Assert.Throws<CliException>(() => values.With(new Dictionary<string, string>())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_have_the_variables_that_programs_look_at()
    {
        Assert.Empty(ServiceVariables.KnownServices.Except(ServiceCatalog.BuiltIn.Select(it => it.Name)));
        Assert.Equal(["OPENAI_API_KEY"], Of("openai"));
        Assert.Equal(["GITHUB_TOKEN", "GH_TOKEN"], Of("github"));
        Assert.Equal(["GITLAB_TOKEN"], Of("gitlab"));
        Assert.Equal(["AWS_ACCESS_KEY_ID"], Of("aws"));
    }

    [Fact]
    public void Programs_for_aws_have_a_key_to_sign_with_and_no_token_of_another_session()
    {
        var environment = new RawEnvironment(new[] { "AWS_SESSION_TOKEN=theirs", "AWS_SECRET_ACCESS_KEY=theirs", "AWS_REGION=eu-central-1" }.Select(Encoding.UTF8.GetBytes));

        var values = AwsVariables.With(environment, new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "AKIA1", ["B"] = "b" }, ["AKIA1"]);

        Assert.Equal(
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "AKIA1", ["B"] = "b", ["AWS_SECRET_ACCESS_KEY"] = "AKIA1", ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required" }, values);
        Assert.Equal(["AWS_REGION"], environment.Names);
    }

    [Fact]
    public void A_key_for_aws_that_is_no_placeholder_stays_with_what_belongs_to_it()
    {
        var environment = new RawEnvironment([Encoding.UTF8.GetBytes("AWS_SESSION_TOKEN=own")]);
        var own = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "AKIAOWN" };

        Assert.Same(own, AwsVariables.With(environment, own, ["AKIA1"]));
        Assert.Equal(["AWS_SESSION_TOKEN"], environment.Names);
    }

    private static IReadOnlyList<string> Of(string service) => ServiceVariables.Of(ServiceCatalog.BuiltIn.Single(it => it.Name == service));

    private static RawEnvironment Prepare(string[] entries)
    {
        var environment = new RawEnvironment(entries.Select(Encoding.UTF8.GetBytes));
        RunEnvironment.Prepare(environment, Places, new Dictionary<string, string>());
        return environment;
    }
}
