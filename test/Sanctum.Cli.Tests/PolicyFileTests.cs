using System.Text;
using System.Text.Json;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Tests;

/// <summary>Policies from a file: what is listed can be applied, and what can't be used is refused with its place.</summary>
public sealed class PolicyFileTests : IAsyncLifetime
{
    private const string Valid = """{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["use"]}]}""";
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task What_is_listed_is_applied_as_it_is_and_then_nothing_changes()
    {
        await _folder.DoAsync("policy add one --principal agent:a --resources a/*,b --actions list,use --condition allowed_methods=GET --condition time_window=09:00-17:00 --condition max_uses_per_hour=3");
        await _folder.DoAsync("policy add two --principal agent:* --resources c --actions retrieve --max-ttl 7 --condition require_approval=true");
        var file = _folder.Write("policies.json", await _folder.DoAsync("policy list --json"));
        await _folder.DoAsync("policy remove one");
        await _folder.DoAsync("policy set two --principal agent:x --resources c --actions list");

        var applied = await _folder.JsonAsync($"policy apply -f {file}");
        Assert.Equal(("one", "two", "agent:x", "agent:*"), (
            applied.GetProperty("added")[0].GetProperty("name").GetString(), applied.GetProperty("changed")[0].GetProperty("after").GetProperty("name").GetString(),
            applied.GetProperty("changed")[0].GetProperty("before").GetProperty("principal").GetString(), applied.GetProperty("changed")[0].GetProperty("after").GetProperty("principal").GetString()));
        Assert.Equal(File.ReadAllText(file), await _folder.DoAsync("policy list --json"));
        Assert.Equal("0 added, 0 changed, 0 removed, 2 unchanged\n", await _folder.DoAsync($"policy apply -f {file}"));
        Assert.Equal("0 added, 0 changed, 0 removed, 2 unchanged\n", await _folder.DoAsync("policy apply -f - --prune", File.ReadAllText(file)));
    }

    [Fact]
    public async Task A_dry_run_shows_the_difference_and_changes_nothing()
    {
        await _folder.DoAsync("policy add p --principal agent:a --resources a/* --actions list,use --max-ttl 60");
        await _folder.DoAsync("policy add gone --principal agent:a --resources b --actions list");
        var before = await _folder.DoAsync("policy list --json");
        var file = _folder.Write("policies.json", """
            {
              // Comments are allowed, and so is a comma at the end.
              "policies": [
                { "name": "p", "principal": "agent:a", "resources": ["a/*"], "actions": ["list"], "max_ttl": 60, "conditions": { "require_approval": true } },
                { "name": "new", "principal": "agent:b", "resources": ["c"], "actions": ["use"] },
              ],
            }
            """);

        var result = await _folder.RunAsync($"policy apply -f {file} --prune --dry-run");

        Assert.Equal(
            """
            would add policy new: agent:b may use c
              max_ttl     300s
              conditions  none
              enabled     yes
            would change policy p
              actions     list, use -> list
              conditions  none -> require_approval=true
            would remove policy gone: agent:a may list b
            1 added, 1 changed, 1 removed, 0 unchanged

            """,
            result.Output);
        Assert.Equal(before, await _folder.DoAsync("policy list --json"));
        Assert.Empty((await _folder.JsonAsync("audit log --action policy.set")).GetProperty("entries").EnumerateArray());

        await _folder.DoAsync($"policy apply -f {file}");
        Assert.Equal(["gone", "new", "p"], Names(await _folder.JsonAsync("policy list")));
        await _folder.DoAsync($"policy apply -f {file} --prune");
        Assert.Equal(["new", "p"], Names(await _folder.JsonAsync("policy list")));
    }

    [Theory]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["use"],"max_tll":3}]}""", "line 1, column", "policies[0] has a member that does not belong there")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"]}]}""", "line 1", "policies[0] has no 'actions'")]
    [InlineData("""{"policies":[{"name":"p","name":"q","principal":"agent:a","resources":["a/*"],"actions":["use"]}]}""", "line 1", "has a member twice")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":"a/*","actions":["use"]}]}""", "line 1", "policies[0].resources has a value of the wrong type")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["use"],"conditions":{"max_uses_per_hour":"3"}}]}""", "line 1", "policies[0].conditions.max_uses_per_hour has a value")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["use"],"max_ttl":null}]}""", "line 1", "policies[0].max_ttl has a value of the wrong type")]
    [InlineData("{\n  \"policies\": [\n    {\n", "line 4", "this is not JSON")]
    [InlineData("{\n  \"policies\": [\n    oops\n", "line 3, column 5", "this is not JSON")]
    [InlineData("""[]""", "line 1", "the file has a value of the wrong type")]
    [InlineData("""{}""", "line 1", "the file has no 'policies'")]
    [InlineData("""null""", "it must be an object", "nothing was changed")]
    [InlineData("", "line 1", "this is not JSON")]
    [InlineData("""{"policies":[null]}""", "policies[0]", "null")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["usee"]}]}""", "policies[0].actions", "there is no action 'usee'")]
    public void A_file_that_is_not_made_as_it_should_be_is_refused_with_the_place(string content, string place, string mistake)
    {
        var refused = Assert.Throws<CliException>(() => PolicyFile.Parse(Encoding.UTF8.GetBytes(content)));
        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
        Assert.Contains(mistake, refused.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Theory]
    [InlineData("""{"CANARY":"CANARY","policies":[]}""")]
    [InlineData("""{"policies":[{"CANARY":1}]}""")]
    [InlineData("""{"policies":[{"name":"p","principal":"agent:a","resources":["a/*"],"actions":["CANARY"]}]}""")]
    [InlineData("CANARY")]
    public void What_stands_in_another_file_that_was_named_by_mistake_is_not_repeated(string content)
    {
        var refused = Assert.Throws<CliException>(() => PolicyFile.Parse(Encoding.UTF8.GetBytes(content)));
        Assert.DoesNotContain("CANARY", refused.Message + refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_at_the_files_start_is_no_part_of_it_and_UTF_16_is_named()
    {
        Assert.Equal("p", Assert.Single(PolicyFile.Parse([.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(Valid)])).Name);
        Assert.Contains("UTF-16", Assert.Throws<CliException>(() => PolicyFile.Parse([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Valid)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_this_users_alone_to_write_is_refused_and_so_is_what_the_vault_refuses()
    {
        var file = _folder.Write("policies.json", Valid);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Equal(2, (await _folder.RunAsync($"policy apply -f {file}")).ExitCode);
        Assert.Equal(2, (await _folder.RunAsync($"policy apply -f {file}.none")).ExitCode);

        var wrong = await _folder.RunAsync("policy apply -f -", Valid.Replace("agent:a", "everybody", StringComparison.Ordinal));
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("policies[0] ('p'): a principal is", wrong.Errors, StringComparison.Ordinal);
        Assert.Empty(Names(await _folder.JsonAsync("policy list")));
    }

    [Fact]
    public async Task A_policy_is_shown_whole_and_one_that_is_there_is_set_and_not_added()
    {
        await _folder.DoAsync("policy add p --principal agent:a --resources a/* --actions use");
        var taken = await _folder.RunAsync("policy add p --principal agent:a --resources a/* --actions use");
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("sanctum policy set p", taken.Errors, StringComparison.Ordinal);

        Assert.Equal("set policy p: agent:b may list, use a/*, b\n", await _folder.DoAsync("policy set p --principal agent:b --resources a/*,b --actions list,use --condition allowed_methods=GET"));
        Assert.Contains("conditions  allowed_methods=GET\n", await _folder.DoAsync("policy show p"), StringComparison.Ordinal);
        var unknown = await _folder.RunAsync("policy show pp");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("there is no such policy", unknown.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Names(JsonElement list) => list.GetProperty("policies").EnumerateArray().Select(it => it.GetProperty("name").GetString());
}
