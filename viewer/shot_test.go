package viewer
import ("testing";"context";"os";"time";"github.com/chromedp/chromedp";"github.com/chromedp/cdproto/emulation";"github.com/chromedp/cdproto/runtime";"os/exec")
func TestShot(t *testing.T){
 f:=os.Getenv("SHOT_FILE"); if f=="" {t.Skip()}
 s,err:=Listen(File(f),Options{Title:"crawler.json"}); if err!=nil{t.Fatal(err)}
 ctx,cancel:=context.WithCancel(context.Background()); defer cancel(); go s.Serve(ctx)
 p,_:=exec.LookPath("chromium")
 a,c2:=chromedp.NewExecAllocator(ctx,append(chromedp.DefaultExecAllocatorOptions[:],chromedp.ExecPath(p),chromedp.NoSandbox,chromedp.WindowSize(1400,800))...); defer c2()
 b,c3:=chromedp.NewContext(a); defer c3()
 b,c4:=context.WithTimeout(b,100*time.Second); defer c4()
 chromedp.ListenTarget(b,func(e any){ switch e:=e.(type){case *runtime.EventExceptionThrown: t.Log(e.ExceptionDetails.Error()); case *runtime.EventConsoleAPICalled: for _,x:=range e.Args {t.Log(string(x.Value),x.Description)}}})
 scheme:=os.Getenv("SCHEME"); if scheme=="" {scheme="light"}
 var png []byte; var res string
 js:=os.Getenv("JS"); if js=="" {js="1"}
 err=chromedp.Run(b,chromedp.EmulateViewport(1400,800), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name:"prefers-color-scheme",Value:scheme}}),
  chromedp.Navigate(s.URL()), 
  chromedp.Evaluate(`(async()=>{const s=await curtain.ready; const r=await (async()=>{`+js+`})(); await curtain.frame(); return JSON.stringify([s,r])})()`,&res,func(p *runtime.EvaluateParams)*runtime.EvaluateParams{return p.WithAwaitPromise(true)}),
  chromedp.CaptureScreenshot(&png))
 t.Log(res); if err!=nil{t.Fatal(err)}
 os.WriteFile(os.Getenv("OUT"),png,0o644)
}
