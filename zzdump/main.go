package main
import ("fmt";"os";"github.com/gocurtain/asyncio/trace";"github.com/gocurtain/asyncio/trace/validate";"github.com/gocurtain/asyncio/pytrace")
func main(){
 if os.Args[1]=="install" { pytrace.Install(os.Args[2]); return }
 srcs,err:=trace.FollowAll(os.Args[1]); if err!=nil {panic(err)}
 for _,s:=range srcs { fmt.Printf("=== %+v\n", s.Producer()); trace.WriteText(os.Stdout,s) }
 srcs,_=trace.FollowAll(os.Args[1])
 for _,s:=range srcs { p,err:=validate.Records(s); fmt.Println("=== problems", s.Producer().ID, err); for _,x:=range p {fmt.Println("   ",x)} }
}
