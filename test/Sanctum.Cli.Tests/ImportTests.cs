using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum import</c>: secrets go into the vault, references into a file, and nothing is lost on the way.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();
    private readonly string _openAi = FakeSecrets.All["OpenAI API key"], _password = FakeSecrets.Random(18);
    private string _file = "";

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        Directory.CreateDirectory(Path.Join(_folder.Home, "My Shop"));
        _file = Path.Join(_folder.Home, "My Shop", ".env");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task Secrets_are_stored_bound_and_replaced_by_references()
    {
        File.WriteAllText(_file, $"# shop\r\nPORT=8080\r\nexport OPENAI_API_KEY=\"{_openAi}\" # models\r\nDB_PASSWORD='{_password}'\r\n");

        var document = await ImportAsync();

        Assert.Equal("# shop\r\nPORT=8080\r\nexport OPENAI_API_KEY=sanctum://my-shop/openai_api_key # models\r\nDB_PASSWORD=sanctum://my-shop/db_password\r\n", File.ReadAllText(_file + ".sanctum"));
        Assert.Equal(_openAi, await _folder.DoAsync("get my-shop/openai_api_key"));
        Assert.Equal(_password, await _folder.DoAsync("get my-shop/db_password"));
        var stored = (await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray().ToDictionary(it => it.GetProperty("path").GetString()!);
        Assert.Equal("api.openai.com", stored["my-shop/openai_api_key"].GetProperty("hosts")[0].GetString());
        Assert.Empty(stored["my-shop/db_password"].GetProperty("hosts").EnumerateArray());
        Assert.Equal("PORT", Assert.Single(document.GetProperty("kept").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains(_openAi, File.ReadAllText(_file), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file + ".sanctum"));
    }

    [Fact]
    public async Task No_value_is_printed()
    {
        File.WriteAllText(_file, $"A_KEY={_password}\nB_TOKEN='{_openAi}\nmalformed {_openAi}\nC=${{D}}{_openAi}\n");

        foreach (var options in new string[][] { ["--dry-run"], ["--json", "--dry-run"], ["--verbose"] })
        {
            var result = await CliProcess.RunAsync(["import", _file, .. options], _folder.Environment);

            Assert.Equal(0, result.ExitCode);
            Assert.DoesNotContain(_password, result.Output + result.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(_openAi[..12], result.Output + result.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("STRIPE_SECRET_KEY", "Stripe secret key", "stripe")]
    [InlineData("MODEL", "Anthropic API key", "anthropic")]
    [InlineData("OPENAI_API_KEY", "Anthropic API key", "anthropic")]
    [InlineData("GH_TOKEN", "GitHub token", "github")]
    [InlineData("DEEPSEEK_API_KEY", null, "deepseek")]
    [InlineData("BRAVE_SEARCH_API_KEY", null, "brave-search")]
    [InlineData("HF_TOKEN", null, "huggingface")]
    [InlineData("TELEGRAM_BOT_TOKEN", "Telegram bot token", "telegram")]
    [InlineData("JIRA_API_TOKEN", null, null)]
    [InlineData("APP_SECRET", null, null)]
    [InlineData("SESSION_SECRET", "JSON Web Token", null)]
    public async Task What_it_is_bound_to_comes_from_the_value_or_else_the_name(string name, string? kind, string? service)
    {
        File.WriteAllText(_file, $"{name}={(kind is null ? FakeSecrets.Random(40) : FakeSecrets.All[kind])}\n");

        var imported = Assert.Single((await ImportAsync("--dry-run")).GetProperty("imported").EnumerateArray());

        Assert.Equal((service, kind), (imported.GetProperty("service").GetString(), imported.GetProperty("kind").GetString()));
        Assert.Equal(service is null, imported.GetProperty("advice").GetString() is not null);
    }

    [Theory]
    [InlineData("A=1", "does not look like a secret")]
    [InlineData("API_KEY=", "it is empty")]
    [InlineData("API_KEY=changeme", "placeholder")]
    [InlineData("API_KEY=aaaaaaaaaaaaaaaa", "too plain")]
    [InlineData("API_KEY=sanctum://a/b", "a reference already")]
    [InlineData("API_KEY=${OTHER_API_KEY_OF_MINE}", "refers to another variable")]
    [InlineData("NEXT_PUBLIC_API_KEY=h3Jk92mQx71Lp0Zt", "says that it is public")]
    [InlineData("API_KEY_ID=h3Jk92mQx71Lp0Zt", "does not look like a secret")]
    [InlineData("KEYBOARD_LAYOUT=h3Jk92mQx71Lp0Zt", "does not look like a secret")]
    [InlineData("API_KEY='h3Jk92mQx71Lp0Zt", "quote is not closed")]
    [InlineData("API_KEY=h3Jk92mQx71Lp0Zt\nAPI_KEY=Lp0Zth3Jk92mQx71", "repeated with another value")]
    public async Task A_line_that_is_not_taken_is_named_with_the_reason(string line, string why)
    {
        File.WriteAllText(_file, line + "\n");

        var document = await ImportAsync();

        Assert.Empty(document.GetProperty("imported").EnumerateArray());
        Assert.Contains(why, document.GetProperty("kept")[0].GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("file").ValueKind);
        Assert.False(File.Exists(_file + ".sanctum"));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        File.WriteAllText(_file, $"API_KEY={_password}\n");

        var document = await ImportAsync("--dry-run");

        Assert.True(document.GetProperty("dry_run").GetBoolean());
        Assert.Single(document.GetProperty("imported").EnumerateArray());
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
        Assert.False(File.Exists(_file + ".sanctum"));
    }

    [Fact]
    public async Task The_file_itself_is_replaced_only_when_that_is_requested()
    {
        File.WriteAllText(_file, $"API_KEY={_password}\nPORT=1\n");

        await ImportAsync("--replace", "--prefix", "work/shop");

        Assert.Equal("API_KEY=sanctum://work/shop/api_key\nPORT=1\n", File.ReadAllText(_file));
        Assert.Equal([".env"], Directory.GetFiles(Path.GetDirectoryName(_file)!).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Something_else_at_a_path_is_never_replaced_and_nothing_is_stored()
    {
        File.WriteAllText(_file, $"A_KEY={_openAi}\nB_KEY={_password}\n");
        await _folder.DoAsync("store p/b_key", "another secret");

        var refused = await RunAsync("--prefix", "p");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("p/b_key is in the vault with another value", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("another secret", await _folder.DoAsync("get p/b_key"));
        Assert.Single((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
        Assert.False(File.Exists(_file + ".sanctum"));
    }

    [Fact]
    public async Task An_import_that_was_interrupted_is_gone_on_with()
    {
        File.WriteAllText(_file, $"A_KEY={_openAi}\nB_KEY={_password}\n");
        await _folder.DoAsync("store p/a_key --host example.com", _openAi);

        var document = await ImportAsync("--prefix", "p");

        Assert.Equal([true, false], document.GetProperty("imported").EnumerateArray().Select(it => it.GetProperty("was_there").GetBoolean()));
        var credentials = (await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray().ToList();
        Assert.Equal((2, 1, "example.com"), (credentials.Count, credentials[0].GetProperty("version").GetInt32(), credentials[0].GetProperty("hosts")[0].GetString()));
    }

    [Fact]
    public async Task Where_the_file_of_references_can_not_be_written_the_vault_stays_as_it_was()
    {
        Assert.SkipWhen(Environment.UserName == "root" && !Directory.Exists("/proc/self"), "there is no folder that root can't write to");
        File.WriteAllText(_file, $"A_KEY={_openAi}\nB_KEY={_password}\n");

        var refused = await RunAsync("--out", "/proc/self/references");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("can't be written", refused.Errors, StringComparison.Ordinal);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
    }

    [Fact]
    public async Task A_secret_that_the_vault_refuses_takes_back_the_others()
    {
        File.WriteAllText(_file, $"A_KEY={_openAi}\nB_KEY={string.Concat(Enumerable.Repeat(FakeSecrets.Random(40), 30_000))}\n");

        var refused = await RunAsync();

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
        Assert.False(File.Exists(_file + ".sanctum"));
    }

    [Fact]
    public async Task An_existing_file_of_references_is_replaced_only_with_force()
    {
        File.WriteAllText(_file, $"A_KEY={_password}\n");
        File.WriteAllText(_file + ".sanctum", "mine");

        var refused = await RunAsync();

        Assert.Equal((1, "mine"), (refused.ExitCode, File.ReadAllText(_file + ".sanctum")));
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
        await ImportAsync("--force");
        Assert.Equal("A_KEY=sanctum://my-shop/a_key\n", File.ReadAllText(_file + ".sanctum"));
    }

    [Fact]
    public async Task It_works_with_a_running_daemon()
    {
        await _folder.DoAsync("daemon start");
        File.WriteAllText(_file, $"A_KEY={_password}\n");

        await ImportAsync();

        Assert.Equal(_password, await _folder.DoAsync("get my-shop/a_key"));
    }

    private Task<CliResult> RunAsync(params string[] options) => CliProcess.RunAsync(["import", _file, .. options], _folder.Environment);

    private async Task<JsonElement> ImportAsync(params string[] options)
    {
        var result = await RunAsync([.. options, "--json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
